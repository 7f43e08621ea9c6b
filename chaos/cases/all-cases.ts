import { type ChaosCase } from "../bed/chaos-case.ts"
import { cancelEverywhere } from "./cancel-everywhere.ts"
import { events10000 } from "./events-10000.ts"
import { lastUnit } from "./last-unit.ts"
import { randomFailures } from "./random-failures.ts"
import { rf01 } from "./rf-01-kill-mid-saga.ts"
import { rf02 } from "./rf-02-kill-at-every-point.ts"
import { rf02Thousand } from "./rf-02-thousand-sagas.ts"
import { rf06 } from "./rf-06-kill-before-relay.ts"
import { rf07 } from "./rf-07-rolling-restart.ts"
import { rf08 } from "./rf-08-rolling-upgrade.ts"
import { rf09 } from "./rf-09-cold-start.ts"
import { rf09Jobs } from "./rf-09-job-backlog.ts"
import { rf10 } from "./rf-10-frozen-replica.ts"
import { rf10Rows } from "./rf-10-woken-replica.ts"
import { rf11 } from "./rf-11-lost-locks.ts"
import { rf12 } from "./rf-12-lost-sessions.ts"
import { rf13 } from "./rf-13-half-open-database.ts"
import { rf14 } from "./rf-14-database-restart.ts"
import { rf15 } from "./rf-15-full-mailbox.ts"
import { rf16 } from "./rf-16-partitioned-pair.ts"
import { rf17 } from "./rf-17-isolated-replica.ts"
import { rf18 } from "./rf-18-slow-database.ts"
import { rf19 } from "./rf-19-cron.ts"
import { rf20 } from "./rf-20-clock-skew.ts"
import { rf28 } from "./rf-28-dropped-sockets.ts"
import { rf35 } from "./rf-35-blocked-loop.ts"
import { slowConsumers } from "./slow-consumers.ts"

/** In the order of their numbers; those with settings of their own come last, because they need other fleets. */
const allCases: ReadonlyArray<ChaosCase> = [
  rf01,
  ...rf02,
  rf02Thousand,
  rf07,
  rf08,
  rf09,
  rf09Jobs,
  rf10,
  rf11,
  rf12,
  rf13,
  rf14,
  rf15,
  rf16,
  rf17,
  rf18,
  rf19,
  rf20,
  rf35,
  lastUnit,
  cancelEverywhere,
  randomFailures,
  rf10Rows,
  rf06,
  rf28,
  events10000,
  slowConsumers
]

export { allCases }
