import { hash, verify } from "@node-rs/argon2"
import { Effect } from "effect"

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 30 ms of one core. */
const _options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** argon2id hashes of passwords in PHC text form. Runs on the thread pool; bound how many run at once. */
const Password = {
  hash: (password: string): Effect.Effect<string> => Effect.promise(() => hash(password, _options)),
  /** A text that is no argon2 hash is a defect: only this module writes them. */
  verify: (encoded: string, password: string): Effect.Effect<boolean> =>
    Effect.promise(() => verify(encoded, password))
} as const

export { Password }
