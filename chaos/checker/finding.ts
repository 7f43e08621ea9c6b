/** What a check found, before it is known how to reproduce it. */
interface Finding {
  readonly invariant: string
  readonly message: string
  readonly witness: ReadonlyArray<string>
}

export type { Finding }
