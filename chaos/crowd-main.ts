// A process full of subscribers; see chaos/events/crowd.ts. It ends with its parent.
import { Option } from "effect"
import { until } from "../tests/support/until.ts"
import { type CrowdCommand } from "./events/crowd-command.ts"
import { EventSubscriber } from "./events/event-subscriber.ts"

interface Group {
  readonly members: ReadonlyArray<EventSubscriber>
  readonly arrivals: Map<string, Array<number>>
  events: number
  lastAt: number
}

const atOnce = 50
const openMillis = 60_000
const groups = new Map<string, Group>()

const open = async ({ apiKeys, count, door, group, perUser, urls }: CrowdCommand.Open) => {
  const members: Array<EventSubscriber> = []
  const known: Group = { members, arrivals: new Map(), events: 0, lastAt: 0 }
  groups.set(group, known)
  const areConnected = () => members.every((member) => member.isConnected)
  for (let index = 0; index < count; index++) {
    members.push(
      new EventSubscriber({
        name: `${group}-${index}`,
        slug: group,
        door,
        apiKey: apiKeys[Math.floor(index / perUser) % apiKeys.length] ?? "",
        url: () => urls[index % urls.length] ?? "",
        after: Option.none(),
        chance: Math.random,
        onEvents: (events, at) => {
          known.events += events.length
          known.lastAt = at
          for (const { sku } of events) {
            const times = known.arrivals.get(sku)
            if (times === undefined) known.arrivals.set(sku, [at])
            else times.push(at)
          }
        }
      })
    )
    if (index % atOnce === atOnce - 1) await until(`${group} is connected`, areConnected, openMillis)
  }
  await until(`${group} is connected`, areConnected, openMillis)
}

const ofGroup = async ({ do: what, group }: CrowdCommand.OfGroup): Promise<unknown> => {
  const known = groups.get(group)
  if (known === undefined) throw new Error(`There is no group ${group}.`)
  if (what === "pause") for (const member of known.members) member.pause()
  if (what === "close") {
    groups.delete(group)
    await Promise.all(known.members.map((member) => member.close()))
  }
  if (what === "take") {
    const arrivals = Object.fromEntries(known.arrivals)
    known.arrivals.clear()
    known.events = 0
    return arrivals
  }
  const endings: Record<string, number> = {}
  for (const member of known.members)
    for (const [why, times] of member.endings) endings[why] = (endings[why] ?? 0) + times
  const connected = known.members.filter(({ isConnected }) => isConnected).length
  return { events: known.events, lastAt: known.lastAt, connected, endings } satisfies CrowdCommand.Count
}

const run = async (command: CrowdCommand): Promise<unknown> => {
  if (command.do === "open") return open(command)
  if (command.do === "usage") {
    const { system, user } = process.cpuUsage()
    return (user + system) / 1_000
  }
  return ofGroup(command)
}

process.on("message", ({ command, id }: CrowdCommand.Message) => {
  run(command).then(
    (value) => process.send?.({ id, value } satisfies CrowdCommand.Reply),
    (error: Error) => process.send?.({ id, error: error.message } satisfies CrowdCommand.Reply)
  )
})
process.on("disconnect", () => process.exit(0))
