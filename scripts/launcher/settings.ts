import { LaunchError } from "./launch-error.ts"
import { Paths } from "./paths.ts"

/** What a person may set in the environment of `npm start` and `npm run dev`. Throws a LaunchError on nonsense. */
const Settings = {
  read: () => ({
    /** `DATA_DIR`, default `.data` in the clone. */
    dataDir: Paths.dataDir(),
    /** `PORT` of the balancer, default 8080. */
    port: whole("PORT", 8080, 1, 65_535),
    /** `HOST` to listen on. By default this machine only: the demo's passwords are known to everybody. */
    hosts: process.env.HOST === undefined ? ["127.0.0.1", "::1"] : [process.env.HOST],
    /** `REPLICAS`, default 3. */
    replicas: whole("REPLICAS", 3, 1, 20),
    /** `DATABASE_URL` of a role that may create roles; without it PostgreSQL is embedded. */
    databaseUrl: process.env.DATABASE_URL === "" ? undefined : process.env.DATABASE_URL,
    /** `PGPORT` of the embedded PostgreSQL, default any free one. */
    postgresPort: process.env.PGPORT === undefined ? undefined : whole("PGPORT", 0, 1, 65_535)
  })
}

const whole = (name: string, fallback: number, least: number, most: number): number => {
  const text = process.env[name] ?? ""
  const value = text === "" ? fallback : Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new LaunchError({ message: `${name}=${text} is not a whole number from ${least} to ${most}.` })
}

export { Settings }
