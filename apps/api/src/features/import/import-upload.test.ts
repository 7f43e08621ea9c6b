import { expect, it } from "@effect/vitest"
import { ObjectStore } from "@tessera/infra/storage/object-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Import } from "@tessera/shared/import/import"
import { Effect, Fiber, Layer, Option, Stream, TestClock } from "effect"
import { ImportUpload } from "./import-upload.ts"

const id = "01890000-0000-7000-8000-0000000000aa"
const removed: Array<string> = []
const store = Layer.succeed(
  ObjectStore,
  ObjectStore.of({
    put: (_key, content) => Effect.as(Stream.runDrain(content), { bytes: 1, sha256: "" }),
    presign: () => Effect.dieMessage("unused"),
    verify: () => Effect.succeedNone,
    size: () => Effect.succeed(0),
    read: () => Stream.empty,
    remove: (key) => Effect.sync(() => void removed.push(key))
  })
)

it.effect("gives up on a sender that has gone silent, and leaves nothing behind", () =>
  Effect.gen(function* () {
    const uploads = yield* ImportUpload
    const receiving = yield* Effect.fork(Effect.flip(uploads.receive(Import.Id.make(id), Stream.never)))

    yield* TestClock.adjust("29 seconds")
    const early = yield* Fiber.poll(receiving)
    yield* TestClock.adjust("2 seconds")
    const error = yield* Fiber.join(receiving)

    expect(early).toEqual(Option.none())
    expect(error).toMatchObject({ _tag: "Import.Unreadable", detail: "The upload stopped" })
    expect(removed).toEqual([`${id}/imports/${id}`])
  }).pipe(
    Effect.provide(ImportUpload.layer.pipe(Layer.provide(store))),
    Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(id), "test"))
  )
)
