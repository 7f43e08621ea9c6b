import { HttpLayerRouter } from "@effect/platform"
import { Api } from "@tessera/shared/api"

/** `/v1`: the whole contract. Wants the layer of every group and `Access.Http`. */
const ApiRoutes = HttpLayerRouter.addHttpApi(Api)

export { ApiRoutes }
