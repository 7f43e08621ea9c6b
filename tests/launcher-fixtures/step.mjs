// Stands in for the migration and the demo data: proves that it ran, and with which variables.
import { appendFileSync } from "node:fs"
import { join } from "node:path"

const [name] = process.argv.slice(2)
const database = process.env.DATABASE_URL === undefined ? "none" : "superuser"
appendFileSync(join(process.env.DATA_DIR, "steps.txt"), `${name} ${database}\n`)
