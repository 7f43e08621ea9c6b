import { EventDefinition } from "@tessera/infra/events/event-definition"
import { Schema } from "effect"
import { Import } from "./import.ts"

const _common = { importId: Import.Id, kind: Import.Kind, fileName: Schema.String }

const _Progressed = EventDefinition.make(
  "import.progressed",
  { ..._common, status: Import.Status, percent: Schema.Number, rows: Schema.Int },
  { description: "An import has come further; at most four a second for one import." }
)
const _Completed = EventDefinition.make(
  "import.completed",
  { ..._common, counts: Import.Counts },
  { description: "Everything of the file is in that could be taken." }
)
const _Failed = EventDefinition.make(
  "import.failed",
  { ..._common, reason: Schema.String },
  { description: "The import has ended without taking the file." }
)

/**
 * Facts about imports, past tense. A new optional field needs nothing; any other change is a new version with
 * an upcaster. Never rename a published type.
 */
const ImportEvent = { Progressed: _Progressed, Completed: _Completed, Failed: _Failed } as const

declare namespace ImportEvent {
  type Progressed = typeof _Progressed.schema.Type
  type Completed = typeof _Completed.schema.Type
  type Failed = typeof _Failed.schema.Type
}

export { ImportEvent }
