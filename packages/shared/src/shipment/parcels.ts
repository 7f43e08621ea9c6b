import { Array as Arr } from "effect"

declare namespace Parcels {
  type Line = { readonly line: number; readonly quantity: number }
  type Parcel = Arr.NonEmptyReadonlyArray<Parcels.Line>
}

/** How an order of more units than a parcel holds is shared out among several. */
const Parcels = {
  /** Of one order; whoever needs more of them is refused. */
  most: 200,
  /** As few as can hold so many units. */
  count: (units: number, parcelUnits: number): number => Math.ceil(units / parcelUnits),
  /**
   * Fills one parcel after the other in the order of the lines, and parts a line where a parcel is full: the
   * same lines always make the same parcels. No lines make none.
   */
  split: (lines: ReadonlyArray<Parcels.Line>, parcelUnits: number): ReadonlyArray<Parcels.Parcel> => {
    const pieces = lines.flatMap((line, index) => _pieces(line, _units(lines.slice(0, index)), parcelUnits))
    return Object.values(Arr.groupBy(pieces, ({ parcel }) => String(parcel))).map(
      Arr.map(({ line, quantity }) => ({ line, quantity }))
    )
  }
} as const

const _units = (lines: ReadonlyArray<Parcels.Line>): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0)

/** What of a line goes into which parcel, counted from 0, when so many units are packed before it. */
const _pieces = ({ line, quantity }: Parcels.Line, before: number, parcelUnits: number) => {
  const end = before + quantity
  return Arr.range(Math.floor(before / parcelUnits), Math.floor((end - 1) / parcelUnits)).map((parcel) => ({
    parcel,
    line,
    quantity: Math.min(end, (parcel + 1) * parcelUnits) - Math.max(before, parcel * parcelUnits)
  }))
}

export { Parcels }
