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
  }
}

/** Runs a mutation of a `Queries` value for a page: says what happened, and why it did not. */
const useAction = <Input, Output>(
  definition: useAction.Definition<Input, Output>,
  { done, onDone }: useAction.Options<Input, Output> = {}
): UseMutationResult<Output, ClientProblem, Input> => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: definition.mutationFn,
    onSuccess: (output, input) => {
      definition.invalidates.forEach((queryKey) => {
        queries.invalidateQueries({ queryKey })
      })
      done === undefined ? undefined : notifications.show({ message: done, color: "teal" })
      onDone?.(output, input)
    },
    onError: (error) => notifications.show({ color: "red", autoClose: 10_000, ..._message(error) })
  })
}

const _message = (problem: ClientProblem) => {
  const reference = Option.map(problem.requestId, (id) => `Request ${id}`)
  const message = [...Option.toArray(problem.detail), ...Option.toArray(reference)].join(" · ")
  return { title: problem.title, message }
}

export { useAction }
