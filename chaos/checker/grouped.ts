/** Rows by name, in their order; what `Map.groupBy` will be once every supported Node has it. */
const grouped = <Row>(
  rows: ReadonlyArray<Row>,
  nameOf: (row: Row) => string
): ReadonlyMap<string, ReadonlyArray<Row>> => {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const name = nameOf(row)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return groups
}

export { grouped }
