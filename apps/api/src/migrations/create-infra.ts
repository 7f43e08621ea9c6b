import { InfraTables } from "@tessera/infra/tenancy/infra-tables"

/** 0001. Lanes, event log, jobs, saga timeline, webhooks: the tables of `packages/infra`. */
const CreateInfra = InfraTables.create

export { CreateInfra }
