import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Ref } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { Saga } from "./saga.ts"

/** Rows as other releases have written them. They are never to be changed: they lie in databases. */
const tenant = "0199a000-0000-7000-8000-00000000000a"
const golden = {
  /** Waits for somebody, since before there was a step `wrap`. */
  waiting: {
    execution: "d32536387e6aab2ce877c32047767c2b",
    shard: "default:144",
    subject: "order-1",
    run: 1,
    processed: true,
    reply: `{"_tag":"Success","value":{"_tag":"Suspended"}}`,
    more: "",
    journal: [
      ["forward/first/1", `{"_tag":"Success","value":"done"}`],
      ["forward/approve/opens", `{"_tag":"Success","value":259200000}`]
    ]
  },
  /** Was between two steps when its replica died, since before steps could wait. */
  running: {
    execution: "ae2ac0a5cbb5b3f2d5e6b2b4d5b6f0b1",
    shard: "default:1",
    subject: "order-2",
    run: 1,
    processed: false,
    reply: null,
    more: "",
    journal: [["forward/first/1", `{"_tag":"Success","value":"done"}`]]
  },
  /** Was forked from the run before, and was between two steps when its replica died. */
  forked: {
    execution: "e8601bb985b2092d088ea61e8fc341fc",
    shard: "default:153",
    subject: "order-3",
    run: 2,
    processed: false,
    reply: null,
    more: `,"from":{"step":"wrap","done":[{"step":"first","run":1},{"step":"approve","run":1}]}`,
    journal: [["forward/wrap/1", `{"_tag":"Success","value":"done"}`]]
  },
  /**
   * Waits for somebody since a later release was rolled back: it has a field and a step that only that one
   * knows.
   */
  later: {
    execution: "188ff6d6f1cff370d24010a48d105438",
    shard: "default:104",
    subject: "order-4",
    run: 1,
    processed: true,
    reply: `{"_tag":"Success","value":{"_tag":"Suspended"}}`,
    more: `,"version":2`,
    journal: [
      ["forward/first/1", `{"_tag":"Success","value":"done"}`],
      ["forward/seal/1", `{"_tag":"Success","value":"done"}`],
      ["forward/approve/opens", `{"_tag":"Success","value":259200000}`]
    ]
  }
} as const

const stored = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach(Object.values(golden), (run, index) =>
      Effect.gen(function* () {
        const id = `25001736998366822${index}`
        const payload = `{"actor":{"tenantId":"${tenant}","actorId":"system","role":"system","requestId":"test"},"subject":{"id":"${run.subject}","run":${run.run}}${run.more}}`
        yield* sql`INSERT INTO cluster.cluster_messages (id, request_id, message_id, shard_id, entity_type,
            entity_id, kind, tag, payload, headers, processed, last_reply_id, trace_id, span_id, sampled)
          VALUES (${id}, ${id}, ${`Workflow/Aged/${run.execution}/run/`}, ${run.shard}, 'Workflow/Aged',
            ${run.execution}, 0, 'run', ${payload}, '{}', ${run.processed}, ${run.reply === null ? null : id},
            'dd9be8922b136462948387d558e8eedc', '1c58b5d865aca399', true)`
        yield* Effect.when(
          sql`INSERT INTO cluster.cluster_replies (id, kind, request_id, payload)
            VALUES (${id}, 0, ${id}, ${run.reply})`,
          () => run.reply !== null
        )
        yield* sql`INSERT INTO cluster.workflow_runs (execution_id, epoch) VALUES (${run.execution}, 1)`
        yield* Effect.forEach(
          run.journal,
          ([name, exit]) => sql`INSERT INTO cluster.workflow_journal (execution_id, name, attempt, exit)
            VALUES (${run.execution}, ${name}, 1, ${exit})`
        )
      })
    )
  })
).pipe(Layer.provide(TestDatabase.as("tessera_infra")), Layer.orDie)

const trace = Ref.unsafeMake<ReadonlyArray<string>>([])
const step = (name: string): Saga.Step => ({
  name,
  maxAttempts: 3,
  run: (subject) =>
    Effect.zipRight(
      Ref.update(trace, (all) => [...all, `${subject.id}:${name}`]),
      // Only a fork is refused: what it undoes, and of which run, is in its row.
      Effect.when(new Saga.Refused({ reason: "no", uncertain: false }), () => subject.run > 1)
    ),
  undo: (subject) => Ref.update(trace, (all) => [...all, `${subject.id}:undo-${name} of ${subject.run}`])
})
const saidOf = (id: string) => Effect.map(Ref.get(trace), (all) => all.filter((one) => one.startsWith(id)))

const flow = Saga.define("Aged")
/** What a later release made of it: a step that waits, where it is not too late for that, and one more. */
const live = Saga.layer(
  flow,
  Effect.succeed<Saga.Definition>({
    steps: [
      step("first"),
      {
        ...step("approve"),
        waits: ({ id }) => Effect.succeed(id === "order-2" ? Option.none() : Option.some(Duration.days(3)))
      },
      step("wrap"),
      step("last")
    ],
    reads: () => Effect.void,
    guard: () => Effect.void,
    undoing: () => Effect.void,
    undone: () => Effect.void
  })
)

const actor = Tenancy.system(Tenancy.Id.make(tenant), "test")
const untilLast = (id: string, last = "last") =>
  saidOf(id).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (said) => said.includes(`${id}:${last}`) }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `${id} did not go on` })
  )

/** The rows are there before the release that goes on with them. */
const upgraded = live.pipe(Layer.provideMerge(stored), Layer.provideMerge(TestCluster.layer))

layer(upgraded, { timeout: "60 seconds", excludeTestServices: true })("a saga of another release", (it) => {
  it.effect("goes on by itself behind the steps that it has done, also where the new one has more", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* untilLast("order-2"), ["order-2:wrap", "order-2:last"])
    })
  )

  it.effect("that was forked stands on the steps that its row names, and undoes them under their run", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* untilLast("order-3", "undo-first of 1"), [
        "order-3:last",
        "order-3:undo-wrap of 2",
        "order-3:undo-approve of 1",
        "order-3:undo-first of 1"
      ])
    })
  )

  it.effect.each([
    { how: "after days by a release that it does not know", id: "order-1" },
    { how: "by the release before the one that began it, which lacks its field and its step", id: "order-4" }
  ])("is woken $how", ({ id }) =>
    Effect.gen(function* () {
      const before = yield* saidOf(id)
      const place = { direction: "forward", step: "approve", attempt: 0 } as const
      yield* Saga.wake(flow, { actor, subject: { id, run: 1 } }, place)
      const after = yield* untilLast(id)

      assert.deepStrictEqual(before, [])
      assert.deepStrictEqual(after, [`${id}:approve`, `${id}:wrap`, `${id}:last`])
    })
  )
})
