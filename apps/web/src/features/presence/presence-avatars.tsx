import { Avatar, Tooltip, UnstyledButton } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type Presence } from "@tessera/shared/presence/presence"
import { useSession } from "../../lib/use-session.ts"
import { PresenceQueries } from "./presence-queries.ts"

const _faces = 3
const _named = 10

/** The colleagues that are online now, without the person who looks. */
const PresenceAvatars = () => {
  const { actorId } = useSession()
  const { data } = useQuery(PresenceQueries.now)
  const others = (data?.people ?? []).filter(({ userId }) => userId !== actorId)
  // Of a crowd only the first are named, and the one who looks may not be among them.
  const count = Math.max(others.length, (data?.total ?? 0) - 1)
  return others.length > 0 && <Faces people={others} count={count} />
}

const Faces = ({
  count,
  people
}: {
  readonly people: ReadonlyArray<Presence.Person>
  readonly count: number
}) => {
  const names = people.slice(0, _named).map(({ name }) => name)
  const text = `Online now: ${names.join(", ")}${_more(count - names.length, " and ")}`
  return (
    <Tooltip label={text} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <UnstyledButton aria-label={text} visibleFrom="xs" data-testid="presence" data-count={count}>
        <Avatar.Group spacing={6}>
          {people.slice(0, _faces).map(({ name, userId }) => (
            <Avatar key={userId} name={name} size={26} radius="xl" variant="filled" color="indigo.8" />
          ))}
          {count > _faces && (
            <Avatar size={26} radius="xl" variant="filled" color="dark.4">
              {`+${count - _faces}`}
            </Avatar>
          )}
        </Avatar.Group>
      </UnstyledButton>
    </Tooltip>
  )
}

const _more = (count: number, before: string) => (count > 0 ? `${before}${count} more` : "")

export { PresenceAvatars }
