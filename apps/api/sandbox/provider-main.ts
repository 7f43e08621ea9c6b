import { NodeRuntime } from "@effect/platform-node"
import { Layer } from "effect"
import { Provider } from "./provider/provider.ts"

NodeRuntime.runMain(Layer.launch(Provider.layer))
