/**
 * One promise as a query that finds its violations: rows of one text column `witness`, none when it holds.
 */
class VerifyCheck {
  /** Of the invariant, as the documentation numbers them. */
  readonly id: string
  readonly title: string
  readonly query: string
  constructor(id: string, title: string, query: string) {
    this.id = id
    this.title = title
    this.query = query
  }
}

export { VerifyCheck }
