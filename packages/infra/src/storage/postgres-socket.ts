import { Socket } from "node:net"

type _Chunks = Array<{ chunk: Buffer; encoding: BufferEncoding }>

/** A database host that vanishes without a word is noticed by the kernel's probes. */
const _probeMillis = 5_000

/**
 * A socket that ends itself when what it has sent stays without an answer: a half-open connection is
 * acknowledged by whatever stands in between, and node-postgres would wait for it for ever. What is idle is
 * left alone. Over TLS the bytes pass this class by, and only the kernel's probes help.
 */
class PostgresSocket extends Socket {
  #readAtWrite = -1

  /** `patienceMillis` must be above the statement timeout of the role that logs in. */
  constructor(patienceMillis: number) {
    super()
    this.setKeepAlive(true, _probeMillis)
    this.setTimeout(patienceMillis)
    this.on("timeout", () => {
      if (this.#readAtWrite === this.bytesRead) this.destroy(new Error("PostgreSQL did not answer in time"))
    })
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#readAtWrite = this.bytesRead
    super._write(chunk, encoding, done)
  }

  override _writev(chunks: _Chunks, done: (error?: Error | null) => void): void {
    this.#readAtWrite = this.bytesRead
    super._writev?.(chunks, done)
  }
}

export { PostgresSocket }
