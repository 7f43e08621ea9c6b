import { OriginColumns } from "@tessera/infra/tenancy/origin-columns"

/** 0008. Jobs, events, sagas and deliveries remember the request and the trace that caused them. */
const AddOrigin = OriginColumns.add

export { AddOrigin }
