import { NodeRuntime } from "@effect/platform-node"
import { Layer } from "effect"
import { Receiver } from "./receiver/receiver.ts"

NodeRuntime.runMain(Layer.launch(Receiver.layer))
