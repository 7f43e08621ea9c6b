import { notifications } from "@mantine/notifications"
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query"
import { Option } from "effect"
import { type ClientProblem } from "./client-problem.ts"

declare namespace useAction {
  interface Definition<Input, Output> {
    readonly mutationFn: (input: Input) => Promise<Output>
    /** Keys of the queries that the change makes stale. */
    readonly invalidates: ReadonlyArray<ReadonlyArray<unknown>>
  }
  interface Options<Input, Output> {
    /** The toast after success; none when absent. */
    readonly done?: string
    readonly onDone?: (output: Output, input: Input) => void
    /** The page shows by itself why it failed, so no toast does. */
    readonly isShown?: boolean
  }
}

const _conflict = 409

/** Runs a mutation of a `Queries` value for a page: says what happened, and why it did not. */
const useAction = <Input, Output>(
  definition: useAction.Definition<Input, Output>,
  { done, isShown = false, onDone }: useAction.Options<Input, Output> = {}
): UseMutationResult<Output, ClientProblem, Input> => {
  const queries = useQueryClient()
  const refresh = () => {
    definition.invalidates.forEach((queryKey) => {
      queries.invalidateQueries({ queryKey })
    })
  }
  return useMutation({
    mutationFn: definition.mutationFn,
    // Offline it fails at once: nothing is sent later, behind the person's back.
    networkMode: "always",
    onSuccess: (output, input) => {
      refresh()
      done === undefined ? undefined : notifications.show({ message: done, color: "teal" })
      onDone?.(output, input)
    },
    onError: (error) => {
      // What was shown is out of date: somebody was faster.
      error.status === _conflict && refresh()
      isShown || notifications.show({ color: "red", autoClose: 10_000, ..._message(error) })
    }
  })
}

const _message = (problem: ClientProblem) => {
  const reference = Option.map(problem.requestId, (id) => `Request ${id}`)
  const message = [...Option.toArray(problem.detail), ...Option.toArray(reference)].join(" · ")
  return { title: problem.title, message }
}

export { useAction }
