import { type Plugin } from "esbuild"
import { Paths } from "../../scripts/launcher/paths.ts"

/** Puts the live failpoints in the place of the product's, which do nothing. */
const liveFailpoints: Plugin = {
  name: "live-failpoints",
  setup: (build) => {
    build.onResolve({ filter: /\/testing\/failpoint\.ts$/ }, () => ({
      path: Paths.inRepo("chaos/bed/failpoint.ts")
    }))
  }
}

export { liveFailpoints }
