import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck, Option } from "effect"
import { StateMachine } from "./state-machine.ts"

const door = StateMachine.make({
  name: "door",
  initial: "closed",
  transitions: {
    closed: { open: "open", lock: "locked" },
    open: { close: "closed", remove: "gone" },
    locked: { unlock: "closed" },
    gone: {}
  },
  guards: {
    unlock: (facts: { readonly hasKey: boolean }) =>
      facts.hasKey ? Option.none() : Option.some("the key is missing")
  }
})
type State = (typeof door.states)[number]

describe("StateMachine", () => {
  it("says the next state", () => {
    expect(door.next("closed", "open")).toEqual(Either.right("open"))
    expect(door.can("closed", "open")).toBe(true)
  })

  it("refuses what the state does not know, and says what was asked of which state", () => {
    expect(Either.flip(door.next("locked", "open"))).toMatchObject({
      right: {
        _tag: "StateMachine.Illegal",
        ...{ machine: "door", from: "locked", event: "open", reason: "transition" },
        message: "door: no open when locked"
      }
    })
    expect(door.can("locked", "open")).toBe(false)
  })

  it("asks the guard of an event for the facts, and hands its words on", () => {
    expect(door.next("locked", "unlock", { hasKey: true })).toEqual(Either.right("closed"))
    expect(Either.flip(door.next("locked", "unlock", { hasKey: false }))).toMatchObject({
      right: { reason: "guard", words: "the key is missing" }
    })
  })

  it("refuses a guarded event without facts", () => {
    expect(Either.flip(door.next("locked", "unlock"))).toMatchObject({ right: { reason: "guard" } })
    expect([door.isGuarded("unlock"), door.isGuarded("open")]).toEqual([true, false])
  })

  it("names the missing transition first, where a guard would refuse too", () => {
    expect(Either.flip(door.next("open", "unlock", { hasKey: false }))).toMatchObject({
      right: { reason: "transition" }
    })
  })

  it("knows what can happen in a state, and in which states an event can happen", () => {
    expect(door.events("open")).toEqual(["close", "remove"])
    expect(door.events("gone")).toEqual([])
    expect(door.froms("close")).toEqual(["open"])
    expect(door.states.filter(door.isFinal)).toEqual(["gone"])
  })

  it("tells a path from what is none", () => {
    expect(door.isPath(["closed"])).toBe(true)
    expect(door.isPath(["closed", "locked", "closed", "open", "gone"])).toBe(true)
    expect(door.isPath([])).toBe(false)
    expect(door.isPath(["open"])).toBe(false)
    expect(door.isPath(["closed", "gone"])).toBe(false)
    expect(door.isPath(["closed", "open", "gone", "closed"])).toBe(false)
  })

  it("draws itself", () => {
    expect(door.mermaid).toBe(
      [
        "stateDiagram-v2",
        "  [*] --> closed",
        "  closed --> open: open",
        "  closed --> locked: lock",
        "  open --> closed: close",
        "  open --> gone: remove",
        "  locked --> closed: unlock",
        "  gone --> [*]"
      ].join("\n")
    )
  })

  it("keeps to the table whatever happens: every walk is a path, everything refused is no edge", () => {
    const events = [...new Set(door.edges.map(({ event }) => event))]
    const facts = FastCheck.record({ hasKey: FastCheck.boolean() })
    const steps = FastCheck.array(FastCheck.tuple(FastCheck.constantFrom(...events), facts), {
      maxLength: 40
    })

    FastCheck.assert(
      FastCheck.property(steps, (walk) => {
        const path = walk.reduce<ReadonlyArray<State>>(
          (states, [event, known]) => {
            const here = states.at(-1) ?? door.initial
            const isEdge = door.edges.some((edge) => edge.from === here && edge.event === event)
            const isAllowed = isEdge && (known.hasKey || event !== "unlock")
            const next = door.next(here, event, known)
            expect(Either.isRight(next)).toBe(isAllowed)
            expect(door.can(here, event)).toBe(isEdge)
            return Either.match(next, { onLeft: () => states, onRight: (state) => states.concat(state) })
          },
          [door.initial]
        )
        expect(door.isPath(path)).toBe(true)
      })
    )
  })

  it("accepts a history only where every step is an edge", () => {
    const states = FastCheck.array(FastCheck.constantFrom(...door.states), { minLength: 1, maxLength: 6 })

    FastCheck.assert(
      FastCheck.property(states, (some) => {
        const steps = some.slice(1).map((to, index) => ({ from: some[index], to }))
        const isWalk = steps.every(({ from, to }) =>
          door.edges.some((edge) => edge.from === from && edge.to === to)
        )
        expect(door.isPath(some)).toBe(some[0] === "closed" && isWalk)
      })
    )
  })
})

/** Never called: these lines are for the compiler, which must refuse each. */
const _refused = () => {
  const { next } = door
  // @ts-expect-error no such state
  next("ajar", "open")
  // @ts-expect-error no such event
  next("open", "slam")
  // @ts-expect-error other facts than the guard's
  next("locked", "unlock", { hasKey: "yes" })
  // @ts-expect-error the target is no state
  StateMachine.make({ name: "typo", initial: "on", transitions: { on: { press: "of" }, off: {} } })
  // @ts-expect-error the state that the button leads to has no row
  StateMachine.make({ name: "missing", initial: "on", transitions: { on: { press: "off" } } })
  // @ts-expect-error the initial state is none
  StateMachine.make({ name: "nowhere", initial: "dim", transitions: { on: {} } })
  const on = { name: "guarded", initial: "on", transitions: { on: { press: "on" } } } as const
  // @ts-expect-error a guard of an event that there is not
  StateMachine.make({ ...on, guards: { pull: () => Option.none() } })
}
void _refused
