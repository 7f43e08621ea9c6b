import { randomBytes } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

interface Secrets {
  readonly postgresPassword: string
  readonly ownerPassword: string
  readonly appPassword: string
  readonly infraPassword: string
  readonly objectSecret: string
  readonly managementToken: string
}

/**
 * The passwords of one data folder, made on first use and kept in `secrets.json` (0600). They belong to the database
 * beside them: deleting the file alone locks everybody out.
 */
const Secrets = {
  of: (dataDir: string): Secrets => {
    const file = join(dataDir, "secrets.json")
    const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Secrets>) : {}
    const secrets = {
      postgresPassword: known.postgresPassword ?? password(),
      ownerPassword: known.ownerPassword ?? password(),
      appPassword: known.appPassword ?? password(),
      infraPassword: known.infraPassword ?? password(),
      objectSecret: known.objectSecret ?? password(),
      managementToken: known.managementToken ?? password()
    }
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
    chmodSync(file, 0o600)
    return secrets
  }
}

// base64url needs no escaping, neither in a URL nor in SQL.
const password = () => randomBytes(32).toString("base64url")

export { Secrets }
