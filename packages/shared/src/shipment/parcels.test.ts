import { Array as Arr, FastCheck } from "effect"
import { describe, expect, it } from "vitest"
import { Parcels } from "./parcels.ts"

const lines = FastCheck.array(FastCheck.integer({ min: 1, max: 40 }), { maxLength: 12 }).map((quantities) =>
  quantities.map((quantity, index) => ({ line: index + 1, quantity }))
)
const parcelUnits = FastCheck.integer({ min: 1, max: 60 })

const units = (some: ReadonlyArray<Parcels.Line>) => some.reduce((sum, { quantity }) => sum + quantity, 0)

/** The same, unit by unit: what the arithmetic of whole lines must come to. */
const byUnit = (some: ReadonlyArray<Parcels.Line>, bound: number) =>
  Arr.chunksOf(
    some.flatMap(({ line, quantity }) => Array.from({ length: quantity }, () => line)),
    bound
  ).map((parcel) => Arr.group(parcel).map((same) => ({ line: same[0], quantity: same.length })))

describe("parcels", () => {
  it("hold every unit of every line, in the order of the lines, as few parcels as can be", () => {
    FastCheck.assert(
      FastCheck.property(lines, parcelUnits, (some, bound) => {
        const parcels = Parcels.split(some, bound)

        expect(parcels).toEqual(byUnit(some, bound))
        expect(parcels).toHaveLength(Parcels.count(units(some), bound))
        expect(parcels.every((parcel) => units(parcel) > 0 && units(parcel) <= bound)).toBe(true)
        expect(parcels.slice(0, -1).every((parcel) => units(parcel) === bound)).toBe(true)
        expect(units(parcels.flat())).toBe(units(some))
        expect(Parcels.split(some, bound)).toEqual(parcels)
      })
    )
  })

  it("are one where all of it goes in, and part a line where one is full", () => {
    const some = [
      { line: 1, quantity: 6 },
      { line: 2, quantity: 3 }
    ]

    expect(Parcels.split(some, 9)).toEqual([some])
    expect(Parcels.split(some, 4)).toEqual([
      [{ line: 1, quantity: 4 }],
      [
        { line: 1, quantity: 2 },
        { line: 2, quantity: 2 }
      ],
      [{ line: 2, quantity: 1 }]
    ])
  })

  it("are none of an order without lines", () => {
    expect(Parcels.split([], 4)).toEqual([])
  })

  it("share out the largest line there is without counting its units one by one", () => {
    const parcels = Parcels.split([{ line: 1, quantity: 100_000 }], 500)

    expect(parcels).toHaveLength(Parcels.most)
    expect(units(parcels.flat())).toBe(100_000)
  })
})
