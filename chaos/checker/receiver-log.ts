import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"

declare namespace ReceiverLog {
  interface Delivery {
    readonly at: string
    readonly path: string
    readonly id: string
    /** Null when the receiver knew no secret for the path. */
    readonly valid: boolean | null
    readonly type: string | null
    readonly bodyHash: string
    readonly status: number
  }
  interface Log {
    readonly deliveries: ReadonlyArray<Delivery>
    /** False when the receiver may have forgotten the oldest. */
    readonly isWhole: boolean
  }
}

const _kept = 10_000

/** What the webhook receiver got: from its file, which keeps all, or from its memory, which keeps the last 10,000. */
const ReceiverLog = {
  read: async (url: string, file?: string): Promise<ReceiverLog.Log> => {
    if (file !== undefined) return { deliveries: await lines(file), isWhole: true }
    const response = await fetch(`${url}/received`, { signal: AbortSignal.timeout(30_000) })
    if (!response.ok) throw new Error(`${url}/received: ${response.status}`)
    const deliveries = (await response.json()) as ReadonlyArray<ReceiverLog.Delivery>
    return { deliveries, isWhole: deliveries.length < _kept }
  }
}

const lines = async (file: string): Promise<ReadonlyArray<ReceiverLog.Delivery>> => {
  const all: Array<ReceiverLog.Delivery> = []
  for await (const line of createInterface({ input: createReadStream(file) }))
    all.push(JSON.parse(line) as ReceiverLog.Delivery)
  return all
}

export { ReceiverLog }
