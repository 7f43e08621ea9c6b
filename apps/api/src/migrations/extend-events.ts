import { EventTables } from "@tessera/infra/tenancy/event-tables"

/** 0016. Payloads have a version; subscribers remember failures, dead letters and replays. */
const ExtendEvents = EventTables.extend

export { ExtendEvents }
