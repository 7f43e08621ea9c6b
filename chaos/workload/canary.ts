/** A word that only one tenant's data carries: wherever another tenant reads it, a wall has a hole. */
const Canary = {
  of: (slug: string, prefix: string): string => `CANARY-${slug}-${prefix}`,
  /** Surroundings of each of these words in a text. */
  foreign: (text: string, words: ReadonlyArray<string>): ReadonlyArray<string> =>
    words.flatMap((word) => {
      const at = text.indexOf(word)
      return at < 0 ? [] : [text.slice(Math.max(0, at - 80), at + word.length + 80)]
    })
}

export { Canary }
