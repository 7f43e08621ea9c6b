import { Schema } from "effect"

class _Person extends Schema.Class<_Person>("Presence.Person")({
  userId: Schema.String,
  name: Schema.String,
  /** Open ones, over all replicas. */
  sockets: Schema.Int
}) {}

/** Who of the tenant is online now: the first 200 by name, and how many there are. */
class _Model extends Schema.Class<_Model>("Presence")({
  people: Schema.Array(_Person),
  total: Schema.Int
}) {}

/** Who is online. A person is online while a socket of theirs watches; an API key is no person. */
const Presence = { Person: _Person, Model: _Model } as const

declare namespace Presence {
  type Person = _Person
  type Model = _Model
}

export { Presence }
