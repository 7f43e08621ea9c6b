type Direction = "forward" | "compensate"

const sides = ["before", "after"] as const
const steps = ["reserve", "authorise", "approve", "capture", "book", "confirm"] as const

type Step = (typeof steps)[number]

const of = (direction: Direction, names: ReadonlyArray<Step>): ReadonlyArray<string> =>
  names.flatMap((step) => sides.map((side) => `saga.${step}.${direction}.${side}`))

/** The failpoints around the steps of an order's saga: before and after each, on the way forward and back. */
const SagaPoints = { of, all: [...of("forward", steps), ...of("compensate", steps)] } as const

export { SagaPoints }
