import { HttpApiScalar, HttpLayerRouter, HttpServerResponse, OpenApi } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect, Layer } from "effect"
import { SecurityHeaders } from "./security-headers.ts"

/** The docs page is one document with its scripts inside; it still may not load or call any other host. */
const _policy = SecurityHeaders.contentSecurityPolicy(["'unsafe-inline'"])

const _ownPolicy = HttpLayerRouter.middleware((app) =>
  Effect.map(app, HttpServerResponse.setHeader("content-security-policy", _policy))
)

const _page = HttpApiScalar.layerHttpLayerRouter({
  api: Api,
  path: "/docs",
  scalar: { withDefaultFonts: false, layout: "modern" }
}).pipe(Layer.provide(_ownPolicy.layer))

const _document = HttpLayerRouter.add(
  "GET",
  "/openapi.json",
  Effect.succeed(HttpServerResponse.unsafeJson(OpenApi.fromApi(Api)))
)

/** `/openapi.json` and a page to read it and try it, at `/docs`; both work without the internet. */
const DocsRoutes = Layer.merge(_page, _document)

export { DocsRoutes }
