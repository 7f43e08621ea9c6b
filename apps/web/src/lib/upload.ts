import { Effect, Schema } from "effect"
import { ClientProblem } from "./client-problem.ts"

declare namespace Upload {
  interface Request<A, I> {
    readonly url: string
    /** Sent in this order, before the file: the server streams, and must know them first. */
    readonly fields: ReadonlyArray<readonly [name: string, value: string]>
    readonly file: File
    readonly success: Schema.Schema<A, I>
    /** 0 to 100, by bytes that left the browser. */
    readonly onProgress: (percent: number) => void
  }
}

/** A multipart upload with progress, which `fetch` cannot tell; interruption aborts the transfer. */
const Upload = {
  send: <A, I>(request: Upload.Request<A, I>): Effect.Effect<A, ClientProblem> =>
    _transfer(request).pipe(
      Effect.flatMap(({ status, text }) =>
        Schema.decodeUnknown(Schema.parseJson())(text).pipe(
          Effect.orElseSucceed(() => null),
          Effect.filterOrFail(
            () => status >= 200 && status < 300,
            (body) => ClientProblem.fromBody(body, status)
          )
        )
      ),
      Effect.flatMap((body) =>
        Schema.decodeUnknown(request.success)(body).pipe(
          Effect.catchTag("ParseError", (error) => Effect.flatMap(ClientProblem.from(error), Effect.fail))
        )
      )
    )
} as const

const _transfer = <A, I>(request: Upload.Request<A, I>) =>
  Effect.async<{ readonly status: number; readonly text: string }, ClientProblem>((resume) => {
    const form = new FormData()
    request.fields.forEach(([name, value]) => {
      form.append(name, value)
    })
    form.append("file", request.file, request.file.name)
    const transfer = new XMLHttpRequest()
    transfer.open("POST", request.url)
    transfer.upload.onprogress = ({ loaded, total }) =>
      request.onProgress((loaded / Math.max(1, total)) * 100)
    transfer.onload = () => resume(Effect.succeed({ status: transfer.status, text: transfer.responseText }))
    transfer.onerror = () => resume(Effect.fail(ClientProblem.unreachable))
    transfer.send(form)
    return Effect.sync(() => transfer.abort())
  })

export { Upload }
