import { Effect } from "effect"
import { LaunchError } from "./launch-error.ts"
import { Paths } from "./paths.ts"
import { RunFile } from "./run-file.ts"

/** What `npm start` or `npm run dev` wrote about itself, if it still runs. */
const runningInstance: Effect.Effect<RunFile.Run, LaunchError> = Effect.suspend(() => {
  const run = RunFile.read(Paths.dataDir())
  return run !== undefined && RunFile.isRunning(run.launcher)
    ? Effect.succeed(run)
    : Effect.fail(new LaunchError({ message: "Nothing runs. Start it in another terminal first: npm start" }))
})

export { runningInstance }
