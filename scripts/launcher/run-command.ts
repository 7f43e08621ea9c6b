import { Cause, Effect, Exit, Fiber } from "effect"
import { LastResort } from "./last-resort.ts"
import { LaunchError } from "./launch-error.ts"

// The terminal, npm and bootstrap.mjs each pass one Ctrl-C on, so that three signals within this time are one press.
const _samePressMillis = 500

/**
 * The frame of every command: the first Ctrl-C (or SIGTERM, or the death of bootstrap.mjs) interrupts the program, which
 * closes its scopes; the second kills every child and leaves at once. A LaunchError is printed as plain words, exit code 1.
 */
const runCommand = (program: Effect.Effect<number, LaunchError>): void => {
  const fiber = Effect.runFork(program)
  let firstSignalAt: number | undefined
  const onSignal = () => {
    if (firstSignalAt === undefined) {
      firstSignalAt = performance.now()
      Effect.runFork(Fiber.interrupt(fiber))
    } else if (performance.now() - firstSignalAt > _samePressMillis) {
      LastResort.fire()
      process.exit(130)
    }
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"] as const)
    process.on(signal as "SIGINT", onSignal)
  // A mistake of ours must not leave the children behind either.
  let hasFailed = false
  process.on("uncaughtException", (error) => {
    console.error(error)
    hasFailed = true
    onSignal()
  })
  // The listener alone must not keep a finished command alive.
  process.channel?.unref()
  // A terminal that was closed must not stop the shutdown half way.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  fiber.addObserver((exit) => process.exit(hasFailed ? 1 : exitCode(exit)))
}

const exitCode = (exit: Exit.Exit<number, LaunchError>): number => {
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.isInterruptedOnly(exit.cause)) return 0
  const failure = Cause.squash(exit.cause)
  if (failure instanceof LaunchError) console.error(`\n  ${failure.message.replaceAll("\n", "\n  ")}\n`)
  else console.error(Cause.pretty(exit.cause))
  return 1
}

export { runCommand }
