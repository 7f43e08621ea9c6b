import { randomBytes } from "node:crypto"
import { request } from "node:http"
import { type Socket } from "node:net"

const opcodeClose = 0x8
const brokenOff = 1006

/** The code of the first close frame among a server's frames, which are never masked. */
const closeCode = (bytes: Buffer): number => {
  let at = 0
  while (at + 2 <= bytes.length) {
    const opcode = bytes.readUInt8(at) & 0x0f
    const short = bytes.readUInt8(at + 1) & 0x7f
    const [length, header] =
      short < 126
        ? [short, 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), 4]
          : [bytes.readUInt32BE(at + 6), 10]
    if (opcode === opcodeClose) return length >= 2 ? bytes.readUInt16BE(at + header) : 1005
    at += header + length
  }
  return brokenOff
}

/** A WebSocket that says nothing and notes how the server ends it: the code of its close frame, or 1006. */
const rawWebSocket = (
  url: string,
  headers: Readonly<Record<string, string>>
): Promise<{ readonly closed: Promise<number> }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, {
      headers: {
        ...headers,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64")
      }
    })
    outgoing.on("upgrade", (_response, socket: Socket, head: Buffer) => {
      let bytes = head
      socket.on("data", (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk])
      })
      socket.on("error", () => {})
      socket.on("end", () => socket.end())
      resolve({ closed: new Promise((done) => socket.on("close", () => done(closeCode(bytes)))) })
    })
    outgoing.on("response", (response) => reject(new Error(`${url}: ${response.statusCode}`)))
    outgoing.on("error", reject)
    outgoing.end()
  })

export { rawWebSocket }
