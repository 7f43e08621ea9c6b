import { createHash } from "node:crypto"
import { type Headers, HttpLayerRouter, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, HashMap, Option } from "effect"
import { EdgeSettings } from "./edge-settings.ts"
import { ProblemResponse } from "./problem-response.ts"
import { SecurityHeaders } from "./security-headers.ts"
import { WebAssets } from "./web-assets.ts"

/** Paths of the server: what it does not know there is a 404, never the page of the web app. */
const _ours = /^\/(v1|rpc|objects|health|metrics|docs|openapi\.json)(\/|$)/
const _index = "/index.html"
const _inlineScript = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g

/**
 * Serves `WEB_ROOT` to every GET that no other route takes. The web app routes in the browser, so a page
 * that is asked for as HTML is `index.html`, which is never cached; files under `/assets/` are cached for
 * ever.
 */
const StaticWeb = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const { webRoot } = yield* EdgeSettings
    const files = yield* WebAssets.load(webRoot)
    const index = HashMap.get(files, _index)
    const policy = Option.match(index, { onNone: () => "", onSome: _pagePolicy })

    const page = (headers: Headers.Headers) =>
      Option.map(index, (asset) =>
        HttpServerResponse.setHeader(_serve(asset, headers), "content-security-policy", policy)
      )

    yield* router.add("GET", "*", (request) => {
      const path = _path(request)
      const file = Option.filter(HashMap.get(files, path), () => path !== _index)
      return Effect.succeed(
        Option.firstSomeOf([
          Option.map(file, (asset) => _serve(asset, request.headers)),
          Option.flatMap(Option.liftPredicate(request, _wantsPage), ({ headers }) => page(headers))
        ]).pipe(Option.getOrElse(() => ProblemResponse.of({ status: 404 })))
      )
    })
  })
)

const _path = ({ url }: HttpServerRequest.HttpServerRequest): string => url.replace(/[?#].*$/, "")

const _wantsPage = (request: HttpServerRequest.HttpServerRequest): boolean =>
  !_ours.test(_path(request)) && (request.headers.accept ?? "").includes("text/html")

/** Inline scripts of the page (the colour scheme before the first paint) are allowed by their hash. */
const _pagePolicy = ({ bytes }: WebAssets.Asset): string =>
  SecurityHeaders.contentSecurityPolicy(
    [...Buffer.from(bytes).toString("utf8").matchAll(_inlineScript)].map(
      ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`
    )
  )

const _serve = (asset: WebAssets.Asset, headers: Headers.Headers): HttpServerResponse.HttpServerResponse =>
  headers["if-none-match"] === asset.etag
    ? HttpServerResponse.empty({ status: 304, headers: _caching(asset) })
    : _full(asset, headers)

const _full = (asset: WebAssets.Asset, headers: Headers.Headers): HttpServerResponse.HttpServerResponse =>
  Option.match(
    Option.filter(asset.gzip, () => (headers["accept-encoding"] ?? "").includes("gzip")),
    {
      onNone: () =>
        HttpServerResponse.uint8Array(asset.bytes, {
          contentType: asset.contentType,
          headers: _caching(asset)
        }),
      onSome: (gzip) =>
        HttpServerResponse.uint8Array(gzip, {
          contentType: asset.contentType,
          headers: { ..._caching(asset), "content-encoding": "gzip" }
        })
    }
  )

const _caching = ({ etag, immutable }: WebAssets.Asset) => ({
  etag,
  vary: "accept-encoding",
  "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache"
})

export { StaticWeb }
