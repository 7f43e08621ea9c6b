import { Effect } from "effect"
import { cluster } from "../bench/cluster.ts"
import { durability } from "../bench/durability.ts"
import { fanout } from "../bench/fanout.ts"
import { history } from "../bench/history.ts"
import { orders } from "../bench/orders.ts"
import { buildChaos } from "../chaos/bed/build-chaos.ts"
import { attempt } from "./launcher/attempt.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { runCommand } from "./launcher/run-command.ts"

type Say = (line: string) => void

const print: Say = (line) => console.log(line)

const benches: Readonly<Record<string, (say: Say, args: ReadonlyArray<string>) => Promise<number>>> = {
  cluster: async (say) => {
    await buildChaos(say)
    return cluster(say)
  },
  durability,
  fanout: async (say, args) => {
    await buildChaos(say)
    return fanout(say, args)
  },
  history,
  orders: async (say) => {
    await buildChaos(say)
    return orders(say)
  }
}

// `npm run bench -- cluster | durability [--quick] [--check] | fanout [--check] | history [--check] | orders`
runCommand(
  Effect.gen(function* () {
    const [name = "", ...args] = process.argv.slice(2)
    const bench = benches[name]
    if (bench === undefined) {
      return yield* new LaunchError({ message: `There is: ${Object.keys(benches).join(", ")}.` })
    }
    return yield* attempt(() => bench(print, args))
  })
)
