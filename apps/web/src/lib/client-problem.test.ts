import { HttpClientError, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Order } from "@tessera/shared/order/order"
import { Effect, Option } from "effect"
import { ClientProblem } from "./client-problem.ts"

const request = HttpClientRequest.get("http://localhost/v1/orders")
const answered = (response: Response) =>
  new HttpClientError.ResponseError({
    request,
    response: HttpClientResponse.fromWeb(request, response),
    reason: "StatusCode"
  })

describe("ClientProblem", () => {
  it.effect("keeps title, status and request id of a refusal that the contract knows", () =>
    Effect.gen(function* () {
      const refusal = new Order.NotFound({ id: "7", requestId: "req_1" })

      const problem = yield* ClientProblem.from(refusal)

      expect(problem).toMatchObject({ title: "No such order", status: 404, code: "Order.NotFound" })
      expect(problem.requestId).toEqual(Option.some("req_1"))
      expect(problem.refusal).toBe(refusal)
    })
  )

  it.effect("reads a problem document that the contract does not know", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({
        title: "Too busy",
        detail: "Try in 2 s",
        status: 503,
        requestId: "req_2"
      })

      const problem = yield* ClientProblem.from(answered(new Response(body, { status: 503 })))

      expect(problem).toMatchObject({ title: "Too busy", status: 503, detail: Option.some("Try in 2 s") })
    })
  )

  it.effect("makes the best of a proxy's HTML page: status, and the request id of the header", () =>
    Effect.gen(function* () {
      const page = new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "x-request-id": "req_3" } })

      const problem = yield* ClientProblem.from(answered(page))

      expect(problem).toMatchObject({ title: "The server answered with 502", status: 502 })
      expect(problem.requestId).toEqual(Option.some("req_3"))
    })
  )

  it.effect("says that the server cannot be reached when no answer came", () =>
    Effect.gen(function* () {
      const problem = yield* ClientProblem.from(
        new HttpClientError.RequestError({ request, reason: "Transport" })
      )

      expect(problem).toBe(ClientProblem.unreachable)
    })
  )
})
