const _width = 120
const _height = 28
/** Half of the line, so that it is whole at the edges. */
const _edge = 1.5

const _points = (values: ReadonlyArray<number>, slots: number, top: number) => {
  const step = (_width - 2 * _edge) / Math.max(1, slots - 1)
  const first = slots - values.length
  return values.map((value, index) => ({
    x: _edge + (first + index) * step,
    y: _height - _edge - (value / top) * (_height - 2 * _edge)
  }))
}

/**
 * The course of one number as a small line, the newest value at the right edge; it starts at zero, so that a
 * tremble does not look like a mountain. `label` is what a screen reader says instead.
 */
const SparkLine = ({
  label,
  values,
  slots,
  atLeast
}: {
  readonly label: string
  readonly values: ReadonlyArray<number>
  /** Values that fill the width. */
  readonly slots: number
  /** The height stands for this much or, if that is more, for the highest value. */
  readonly atLeast: number
}) => {
  const points = _points(values, slots, Math.max(atLeast, ...values) * 1.1)
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0]
  return (
    <svg
      className="tessera-spark"
      viewBox={`0 0 ${_width} ${_height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1={0} x2={_width} y1={_height} y2={_height} vectorEffect="non-scaling-stroke" />
      <polygon points={`${first},${_height} ${line} ${last},${_height}`} />
      <polyline points={line} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

export { SparkLine }
