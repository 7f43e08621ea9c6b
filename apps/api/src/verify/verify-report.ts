import { type VerifyRepo } from "./verify-repo.ts"

declare namespace VerifyReport {
  type Outcome = {
    readonly findings: ReadonlyArray<VerifyRepo.Finding>
    /** Orders and refunds that were not judged because their saga had not ended. */
    readonly inFlight: number
  }
}

/**
 * The outcome as a person reads it in a terminal: a line per promise, the smallest witness below a broken
 * one.
 */
const VerifyReport = {
  isClean: ({ findings }: VerifyReport.Outcome): boolean =>
    findings.every(({ violations }) => violations === 0),
  text: ({ findings, inFlight }: VerifyReport.Outcome): string =>
    [
      ...findings.flatMap(({ check, violations, witness }) => [
        `${check.id}  ${violations === 0 ? "ok      " : "VIOLATED"}  ${check.title}`,
        ...[witness].flatMap((found) =>
          found === null ? [] : [`      ${violations} found, the first: ${found}`]
        )
      ]),
      "",
      `${findings.filter(({ violations }) => violations > 0).length} of ${findings.length} violated; ` +
        `${inFlight} orders and refunds in flight were not judged`
    ].join("\n")
} as const

export { VerifyReport }
