// Completes the lock files with the platform packages (@biomejs/cli-darwin-arm64, …) that `npm install` leaves out
// when the registry it asked does not carry them; without their entries `npm ci` refuses the file everywhere.
// Run it after `npm install`: node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs"

const operatingSystems = {
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  openbsd: "openbsd",
  openharmony: "openharmony",
  win32: "win32",
  windows: "win32",
  sunos: "sunos",
  netbsd: "netbsd",
  aix: "aix"
}
const processors = [
  "arm64",
  "x64",
  "ia32",
  "arm",
  "ppc64",
  "riscv64",
  "s390x",
  "loong64",
  "mips64el",
  "wasm32"
]

const files = ["../package-lock.json", "../bench/peers/package-lock.json"]

const platformOf = (name) => {
  const words = name.split(/[/-]/)
  const os = words.map((word) => operatingSystems[word]).find((found) => found !== undefined)
  const cpu = processors.find((processor) => words.includes(processor))
  const libc = name.endsWith("musl") ? "musl" : name.endsWith("-gnu") && os === "linux" ? "glibc" : undefined
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] })
  }
}

const homes = (path, name) => {
  const parts = path.split("/node_modules/")
  return parts.map(
    (_, index) => `${parts.slice(0, parts.length - index).join("/node_modules/")}/node_modules/${name}`
  )
}

const complete = (name) => {
  const file = new URL(name, import.meta.url)
  const lock = JSON.parse(readFileSync(file, "utf8"))
  const packages = lock.packages
  let added = 0
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries({ ...packages })) {
    for (const [wanted, version] of Object.entries(optionalDependencies)) {
      const places = [...homes(path, wanted), `node_modules/${wanted}`]
      if (places.some((place) => packages[place] !== undefined) || !/^\d/.test(version)) continue
      packages[`node_modules/${wanted}`] = {
        version,
        ...platformOf(wanted),
        ...(dev === true ? { dev: true } : {}),
        optional: true
      }
      added += 1
    }
  }
  lock.packages = Object.fromEntries(
    Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1))
  )
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${name}: ${added} entries added`)
}

for (const name of files) complete(name)
