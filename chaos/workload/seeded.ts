/** Chance that a seed repeats (mulberry32). `fork` gives each client a sequence of its own, whatever the others draw. */
class Seeded {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** Both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  pick<A>(from: ReadonlyArray<A>): A {
    const one = from[this.between(0, from.length - 1)]
    if (one === undefined) throw new Error("There is nothing to pick from.")
    return one
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights)
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name as Name
    }
    throw new Error("No weight is above 0.")
  }

  fork(name: string): Seeded {
    let hash = 2_166_136_261 ^ this.state
    for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619)
    return new Seeded(hash)
  }
}

export { Seeded }
