import { Schema } from "effect"
import { Import } from "./import.ts"

const _common = { importId: Import.Id, kind: Import.Kind, fileName: Schema.String }

/** At most four a second for one import. */
const _Progressed = Schema.TaggedStruct("import.progressed", {
  ..._common,
  status: Import.Status,
  percent: Schema.Number,
  rows: Schema.Int
})
const _Completed = Schema.TaggedStruct("import.completed", { ..._common, counts: Import.Counts })
const _Failed = Schema.TaggedStruct("import.failed", { ..._common, reason: Schema.String })

/** Facts about imports, past tense; add optional fields, never rename a published tag. */
const ImportEvent = { Progressed: _Progressed, Completed: _Completed, Failed: _Failed } as const

declare namespace ImportEvent {
  type Progressed = typeof _Progressed.Type
  type Completed = typeof _Completed.Type
  type Failed = typeof _Failed.Type
}

export { ImportEvent }
