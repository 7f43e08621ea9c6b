import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { Import } from "@tessera/shared/import/import"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { Upload } from "../../lib/upload.ts"
import { type ImportSearch } from "./import-search.ts"

const _all = ["imports"] as const

declare namespace ImportQueries {
  interface NewUpload {
    readonly kind: Import.Kind
    readonly autocommit: boolean
    readonly file: File
    readonly onProgress: (percent: number) => void
  }
}

/** Reads and writes of imports; progress arrives as events, polling is only the safety net. */
const ImportQueries = {
  all: _all,
  list: (search: ImportSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.import.list({ urlParams: { ...search, limit: 25 } })),
      placeholderData: keepPreviousData
    }),
  byId: (id: Import.Id) =>
    queryOptions<Import.Model>({
      queryKey: [..._all, "detail", id],
      queryFn: ApiRuntime.query((client) => client.import.byId({ path: { id } })),
      refetchInterval: ({ state }) =>
        state.data === undefined || Import.isFinal(state.data.status) || state.data.status === "ready"
          ? false
          : 2000
    }),
  rejected: (id: Import.Id, search: ImportSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "detail", id, "rejected", search],
      queryFn: ApiRuntime.query((client) =>
        client.import.rejected({ path: { id }, urlParams: { ...search, limit: 50 } })
      ),
      placeholderData: keepPreviousData
    }),
  upload: {
    mutationFn: ({ kind, autocommit, file, onProgress }: ImportQueries.NewUpload): Promise<Import.Model> =>
      ApiRuntime.run(
        Upload.send({
          url: "/v1/imports",
          fields: [["kind", kind], ...(autocommit ? [["autocommit", "true"] as const] : [])],
          file,
          success: Import.Model,
          onProgress
        })
      ),
    invalidates: [_all]
  },
  mapping: {
    mutationFn: ApiRuntime.mutation(
      (client, { id, mapping }: { readonly id: Import.Id; readonly mapping: Import.Mapping }) =>
        client.import.mapping({ path: { id }, payload: { mapping } })
    ),
    invalidates: [_all]
  },
  commit: {
    mutationFn: ApiRuntime.mutation((client, id: Import.Id) => client.import.commit({ path: { id } })),
    invalidates: [_all]
  },
  cancel: {
    mutationFn: ApiRuntime.mutation((client, id: Import.Id) => client.import.cancel({ path: { id } })),
    invalidates: [_all]
  }
} as const

export { ImportQueries }
