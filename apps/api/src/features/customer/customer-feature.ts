import { Layer } from "effect"
import { CustomerHttpLive } from "./customer-http-live.ts"
import { CustomerRepo } from "./customer-repo.ts"
import { Customers } from "./customers.ts"

/** Who buys: everything `app.ts` knows of this folder. */
const CustomerFeature = CustomerHttpLive.pipe(
  Layer.provide(Customers.layer),
  Layer.provide(CustomerRepo.layer)
)

export { CustomerFeature }
