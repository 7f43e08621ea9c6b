/** A promise that was broken, with what shows it and how to see it again. */
interface Violation {
  /** `I1` to `I14`, `L1`, `L2`. */
  readonly invariant: string
  readonly message: string
  /** History lines and database rows concerned, a text each. */
  readonly witness: ReadonlyArray<string>
  /** `npm run chaos -- --seed N --case X --minutes M` */
  readonly reproduction: string
}

export type { Violation }
