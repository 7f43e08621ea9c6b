// Exits 0 if the URL answers 2xx within 2 s: the image has no curl. Usage: node deploy/healthcheck.mjs <url>
const [url] = process.argv.slice(2)
const answered = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
  (response) => response.ok,
  () => false
)
process.exit(answered ? 0 : 1)
