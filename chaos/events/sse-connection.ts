import { type IncomingMessage, request } from "node:http"
import { Option } from "effect"
import { type Connection } from "./connection.ts"
import { shownEvent } from "./shown-event.ts"

const openMillis = 10_000

/** `/v1/events` as an `EventSource` reads it. */
const sseConnection: Connection = ({ after, apiKey, onBatch, onRetry, url }) => {
  let incoming: IncomingMessage | undefined
  let rest = ""
  const outgoing = request(`${url}/v1/events`, {
    agent: false,
    headers: {
      authorization: `Bearer ${apiKey}`,
      accept: "text/event-stream",
      ...Option.match(after, { onNone: () => ({}), onSome: (seq) => ({ "last-event-id": String(seq) }) })
    }
  })
  const take = (text: string) => {
    const frames = (rest + text).split("\n\n")
    rest = frames.pop() ?? ""
    for (const frame of frames) {
      const lines = frame.split("\n")
      const data = lines.flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []))
      const retry = lines.find((line) => line.startsWith("retry:"))
      if (retry !== undefined) onRetry(Number(retry.slice("retry:".length)))
      // A comment is a heartbeat.
      onBatch(data.length === 0 ? [] : [shownEvent(JSON.parse(data.join("\n")))], undefined)
    }
  }
  const ended = new Promise<string>((resolve) => {
    outgoing.setTimeout(openMillis, () => outgoing.destroy(new Error("no answer")))
    outgoing.on("error", (error) => resolve(error.message))
    outgoing.on("response", (response) => {
      incoming = response
      outgoing.setTimeout(0)
      if (response.statusCode !== 200) {
        response.resume()
        resolve(`status ${response.statusCode}`)
        return
      }
      response.setEncoding("utf8")
      response.on("data", take)
      response.on("error", () => {})
      response.on("close", () => resolve("the stream ended"))
    })
    outgoing.end()
  })
  return { ended, pause: () => incoming?.pause(), close: () => outgoing.destroy() }
}

export { sseConnection }
