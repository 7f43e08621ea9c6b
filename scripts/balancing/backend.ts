import { Agent, request } from "node:http"
import { type Duplex } from "node:stream"

interface Target {
  readonly name: string
  readonly port: number
}

interface BackendState {
  readonly name: string
  readonly url: string
  readonly ready: boolean
  /** Requests under way, streams included. */
  readonly inFlight: number
  readonly webSockets: number
  readonly requests: number
  /** Requests that this target broke off or refused. */
  readonly failures: number
}

interface Backend extends Target {
  ready: boolean
  missed: number
  inFlight: number
  requests: number
  failures: number
  readonly webSockets: Set<Duplex>
  /** Node's agent with an idle limit below the 5 s after which Node's server closes a connection that is not used. */
  readonly agent: Agent
}

const _readyTimeoutMillis = 1_500
// A busy replica may miss one poll; a refused connection or an answer of "not ready" counts at once.
const _missedPolls = 2

/** One replica as the balancer sees it. */
const Backend = {
  make: (target: Target): Backend => ({
    ...target,
    ready: false,
    missed: 0,
    inFlight: 0,
    requests: 0,
    failures: 0,
    webSockets: new Set(),
    agent: new Agent({ keepAlive: true, timeout: 4_000, maxFreeSockets: 64 })
  }),

  state: (backend: Backend): BackendState => ({
    name: backend.name,
    url: `http://127.0.0.1:${backend.port}`,
    ready: backend.ready,
    inFlight: backend.inFlight,
    webSockets: backend.webSockets.size,
    requests: backend.requests,
    failures: backend.failures
  }),

  /** Asks whether it is ready; the answer is written into `backend`. */
  poll: (backend: Backend): void => {
    const missed = (count: number) => {
      backend.missed += count
      if (backend.missed >= _missedPolls) backend.ready = false
    }
    const poll = request(
      {
        host: "127.0.0.1",
        port: backend.port,
        path: "/health/ready",
        agent: false,
        timeout: _readyTimeoutMillis
      },
      (response) => {
        response.resume()
        backend.ready = response.statusCode === 200
        backend.missed = 0
      }
    )
    poll.on("timeout", () => poll.destroy(new Error("timeout")))
    poll.on("error", (error: NodeJS.ErrnoException) =>
      missed(error.code === "ECONNREFUSED" ? _missedPolls : 1)
    )
    poll.end()
  },

  /** Counts a request as under way until the returned function is called. */
  count: (backend: Backend): (() => void) => {
    backend.requests++
    backend.inFlight++
    let isCounted = true
    return () => {
      if (isCounted) backend.inFlight--
      isCounted = false
    }
  }
}

export { Backend, type BackendState, type Target }
