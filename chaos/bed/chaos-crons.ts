/** The crons of the bed's replicas: the replicas run them, the checker knows them. */
const chaosCrons = [
  { name: "chaos-each-second", pattern: "* * * * * *", everySeconds: 1 },
  { name: "chaos-each-ten-seconds", pattern: "*/10 * * * * *", everySeconds: 10 }
] as const

export { chaosCrons }
