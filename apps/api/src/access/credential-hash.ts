import { createHash } from "node:crypto"

/**
 * SHA-256, as lower-case hex, of a session token or an API key: what the database stores instead of the
 * secret. Only for secrets of 256 random bits; a password needs `Password`.
 */
const CredentialHash = {
  of: (secret: string): string => createHash("sha256").update(secret, "utf8").digest("hex")
} as const

export { CredentialHash }
