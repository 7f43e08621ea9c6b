import { Array as Arr, type MetricPair, MetricState, Option } from "effect"

type _Labels = ReadonlyArray<readonly [string, string]>
type _Family = {
  readonly type: string
  readonly lines: (name: string, labels: _Labels) => ReadonlyArray<string>
}

/**
 * The Prometheus text format, version 0.0.4, of a snapshot of Effect's metrics. A metric keeps its own
 * name; characters that Prometheus does not allow become `_`. Values of one name are one family, so one
 * name means one kind.
 */
const PrometheusText = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  of: (pairs: ReadonlyArray<MetricPair.MetricPair.Untyped>): string =>
    Object.entries(Arr.groupBy(pairs, (pair) => _name(pair.metricKey.name)))
      .sort(([left], [right]) => left.localeCompare(right))
      .flatMap(([name, family]) => _family(name, family))
      .map((line) => `${line}\n`)
      .join("")
} as const

const _family = (
  name: string,
  pairs: Arr.NonEmptyReadonlyArray<MetricPair.MetricPair.Untyped>
): ReadonlyArray<string> => {
  const [first] = pairs
  const help = Option.map(first.metricKey.description, (text) => `# HELP ${name} ${_help(text)}`)
  return [
    ...Option.toArray(help),
    `# TYPE ${name} ${_describe(first.metricState).type}`,
    ...pairs.flatMap(({ metricKey, metricState }) =>
      _describe(metricState).lines(
        name,
        metricKey.tags.map((tag) => [_label(tag.key), tag.value] as const)
      )
    )
  ]
}

const _sample = (name: string, labels: _Labels, value: number | bigint): string =>
  `${name}${_braces(labels)} ${_number(value)}`

const _counter = (state: MetricState.MetricState.Counter<number | bigint>): _Family => ({
  type: "counter",
  lines: (name, labels) => [_sample(name, labels, state.count)]
})

const _gauge = (state: MetricState.MetricState.Gauge<number | bigint>): _Family => ({
  type: "gauge",
  lines: (name, labels) => [_sample(name, labels, state.value)]
})

const _histogram = (state: MetricState.MetricState.Histogram): _Family => ({
  type: "histogram",
  lines: (name, labels) => [
    // Effect's buckets are cumulative already, but need not end in +Inf.
    ...state.buckets
      .filter(([boundary]) => Number.isFinite(boundary))
      .map(([boundary, count]) => _sample(`${name}_bucket`, [...labels, ["le", _number(boundary)]], count)),
    _sample(`${name}_bucket`, [...labels, ["le", "+Inf"]], state.count),
    _sample(`${name}_sum`, labels, state.sum),
    _sample(`${name}_count`, labels, state.count)
  ]
})

const _summary = (state: MetricState.MetricState.Summary): _Family => ({
  type: "summary",
  lines: (name, labels) => [
    ...state.quantiles.map(([quantile, value]) =>
      _sample(
        name,
        [...labels, ["quantile", _number(quantile)]],
        Option.getOrElse(value, () => Number.NaN)
      )
    ),
    _sample(`${name}_sum`, labels, state.sum),
    _sample(`${name}_count`, labels, state.count)
  ]
})

const _frequency = (state: MetricState.MetricState.Frequency): _Family => ({
  type: "counter",
  lines: (name, labels) =>
    [...state.occurrences].map(([value, count]) => _sample(name, [...labels, ["value", value]], count))
})

const _describe = (state: MetricState.MetricState.Untyped): _Family =>
  Option.getOrThrow(
    Option.firstSomeOf([
      Option.map(Option.liftPredicate(state, MetricState.isCounterState), _counter),
      Option.map(Option.liftPredicate(state, MetricState.isGaugeState), _gauge),
      Option.map(Option.liftPredicate(state, MetricState.isHistogramState), _histogram),
      Option.map(Option.liftPredicate(state, MetricState.isSummaryState), _summary),
      Option.map(Option.liftPredicate(state, MetricState.isFrequencyState), _frequency)
    ])
  )

const _name = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d)/, "_")
const _label = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d)/, "_")
const _help = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const _braces = (labels: _Labels): string =>
  labels.length === 0 ? "" : `{${labels.map(([key, value]) => `${key}="${_value(value)}"`).join(",")}}`

const _value = (text: string): string => _help(text).replaceAll('"', '\\"')

const _number = (value: number | bigint): string =>
  String(value).replace("Infinity", "Inf").replace(/^Inf$/, "+Inf")

export { PrometheusText }
