import { readFileSync } from "node:fs"
import { type Plugin } from "esbuild"
import { Paths } from "../../scripts/launcher/paths.ts"

interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
}

const saga = "packages/infra/src/workflows/saga.ts"
const fulfilment = "apps/api/src/features/fulfilment"

/**
 * What a later release has: version 2 of the saga's payload, a step that only runs of that version take, and one more
 * field in the payload of a job. Rows of the release before lack both fields, and the defaults say what that means.
 */
const changes: ReadonlyArray<Change> = [
  {
    file: saga,
    from: "from: Schema.optional(SagaFork.From)\n",
    to: "from: Schema.optional(SagaFork.From),\n  version: Schema.optionalWith(Schema.Int, { default: () => 1 })\n"
  },
  {
    file: saga,
    from: "workflow.execute(payload).pipe(",
    to: "workflow.execute({ ...payload, version: 2 }).pipe("
  },
  {
    file: saga,
    from: "workflow.toLayer(({ actor, from, subject }, executionId) =>",
    to: "workflow.toLayer(({ actor, from, subject, version }, executionId) =>"
  },
  {
    file: saga,
    from: "SagaBody.run(workflow.name, definition, subject, from).pipe(",
    to: `SagaBody.run(workflow.name,
      { ...definition, steps: definition.steps.filter(({ since = 1 }) => version >= since) }, subject, from).pipe(`
  },
  {
    file: `${fulfilment}/fulfilment-steps.ts`,
    from: "yield* ApproveStep,",
    to: `yield* ApproveStep,
      { name: "seal", since: 2, run: () => Effect.void, undo: () => Effect.void, maxAttempts: StepTools.attempts },`
  },
  {
    file: `${fulfilment}/fulfil-order-job.ts`,
    from: "run: Schema.Int }",
    to: "run: Schema.Int, sealed: Schema.optionalWith(Schema.Boolean, { default: () => false }) }"
  },
  {
    file: `${fulfilment}/fulfilments.ts`,
    from: "({ orderId: id, run }))",
    to: "({ orderId: id, run, sealed: true }))"
  },
  {
    file: `${fulfilment}/retry/order-retries.ts`,
    from: "{ orderId: id, run })",
    to: "{ orderId: id, run, sealed: true })"
  }
]

/** A change of a text that is not there any more would silently be none. */
const changed = (contents: string, { file, from, to }: Change): string => {
  if (contents.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`)
  return contents.replace(from, () => to)
}

/** Makes a later release out of these sources, for beds that roll to it and back. */
const nextRelease: Plugin = {
  name: "next-release",
  setup: (build) => {
    const open = new Set(changes.map(({ file }) => Paths.inRepo(file)))
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const own = changes.filter(({ file }) => Paths.inRepo(file) === path)
      open.delete(path)
      return own.length === 0
        ? undefined
        : { contents: own.reduce(changed, readFileSync(path, "utf8")), loader: "ts" }
    })
    build.onEnd(() => ({
      errors: [...open].map((path) => ({ text: `the next release changes nothing in ${path}` }))
    }))
  }
}

export { nextRelease }
