import { type Seeded } from "./seeded.ts"
import { type TenantDesk } from "./tenant-desk.ts"

/** Somebody of a tenant who has one operation under way at a time. */
interface WorkloadClient {
  readonly process: string
  readonly desk: TenantDesk
  readonly chance: Seeded
}

export type { WorkloadClient }
