/** Milliseconds of the machine's own clock, which all processes of one machine share; only differences mean something. */
const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

export { monotonic }
