import { Data } from "effect"

/**
 * The import was cancelled, or a newer attempt works on it: whoever is told so must stop and write nothing.
 */
class Superseded extends Data.TaggedError("Import.Superseded") {}

export { Superseded }
