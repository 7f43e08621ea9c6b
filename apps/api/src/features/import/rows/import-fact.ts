import { EventBus } from "@tessera/infra/events/event-bus"
import { type Import } from "@tessera/shared/import/import"
import { ImportEvent } from "@tessera/shared/import/import-event"

type _Subject = Pick<Import.Model, "id" | "kind" | "fileName" | "status" | "counts">

/** What an import tells the world, as emissions for the transaction that made it true. */
const ImportFact = {
  progressed: (subject: _Subject, percent: number, rows: number = subject.counts.rows): EventBus.Emission =>
    EventBus.emission(
      ImportEvent.Progressed,
      ImportEvent.Progressed.make({ ..._common(subject), status: subject.status, percent, rows }),
      _of(subject)
    ),
  completed: (subject: _Subject): EventBus.Emission =>
    EventBus.emission(
      ImportEvent.Completed,
      ImportEvent.Completed.make({ ..._common(subject), counts: subject.counts }),
      _of(subject)
    ),
  failed: (subject: _Subject, reason: string): EventBus.Emission =>
    EventBus.emission(
      ImportEvent.Failed,
      ImportEvent.Failed.make({ ..._common(subject), reason }),
      _of(subject)
    )
} as const

const _common = ({ id, kind, fileName }: _Subject) => ({ importId: id, kind, fileName })

const _of = ({ id }: _Subject) => ({ aggregateId: id, version: 0 })

export { ImportFact }
