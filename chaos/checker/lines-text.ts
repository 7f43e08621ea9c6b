interface Line {
  readonly sku: string
  readonly quantity: number
}

/** `sku×quantity` of each line, in the order of the stored state: by sku, byte by byte. */
const linesText = (lines: ReadonlyArray<Line>): string =>
  [...lines]
    .sort(
      (one, other) =>
        Buffer.compare(Buffer.from(one.sku), Buffer.from(other.sku)) || one.quantity - other.quantity
    )
    .map(({ quantity, sku }) => `${sku}×${quantity}`)
    .join(" ")

export { linesText }
