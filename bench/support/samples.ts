/** Milliseconds that were measured, and what to say of them. */
class Samples {
  private readonly sorted: ReadonlyArray<number>

  constructor(millis: ReadonlyArray<number>) {
    this.sorted = [...millis].sort((one, other) => one - other)
  }

  /** `share` between 0 and 1, as 0.99. */
  quantile(share: number): number {
    const index = Math.min(this.sorted.length - 1, Math.floor(share * this.sorted.length))
    return this.sorted[index] ?? Number.NaN
  }

  get text(): string {
    const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) =>
      this.quantile(share).toFixed(1).padStart(7)
    )
    return `p50${p50}  p95${p95}  p99${p99}  max${max} ms  (${this.sorted.length})`
  }
}

export { Samples }
