import { Box, Button, Group, Select, SimpleGrid, Text } from "@mantine/core"
import { type Import } from "@tessera/shared/import/import"
import { Check } from "lucide-react"
import { useState } from "react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { Panel } from "../../ui/panel.tsx"
import { ImportFields } from "./import-fields.ts"
import { ImportQueries } from "./import-queries.ts"

const _label = (field: string) => {
  const words = field
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[-_.]+/g, " ")
    .toLowerCase()
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** Which column of the file fills which field, and the decision: change the mapping, or import. */
const MappingEditor = ({ row }: { readonly row: Import.Model }) => {
  const mayOperate = usePermission("operate")
  const [mapping, setMapping] = useState<Import.Mapping>(row.mapping)
  const save = useAction(ImportQueries.mapping, { done: "Mapping changed, the file is read again" })
  const commit = useAction(ImportQueries.commit)
  const fields = [...new Set([...ImportFields[row.kind], ...Object.keys(row.mapping)])]
  const columns = [...new Set(row.columns)].filter((column) => column !== "")
  const isChanged = JSON.stringify(mapping) !== JSON.stringify(row.mapping)
  const assign = (field: string, column: string | null) => {
    const others = Object.entries(mapping).filter(([name]) => name !== field)
    setMapping(Object.fromEntries(column === null ? others : [...others, [field, column]]))
  }
  return (
    <Panel title="Columns">
      <Box px="md" pb="md">
        <Text size="sm" c="dimmed" mb="sm">
          A field without a column takes its default. The choice is remembered for the next file.
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
          {fields.map((field) => (
            <Select
              key={field}
              size="xs"
              label={_label(field)}
              placeholder="Default"
              clearable
              searchable
              clearButtonProps={{ "aria-label": `Clear ${_label(field)}` }}
              disabled={!mayOperate}
              data={columns}
              value={mapping[field] ?? null}
              onChange={(column) => assign(field, column)}
            />
          ))}
        </SimpleGrid>
        <Group justify="flex-end" mt="md" gap="xs">
          <Button
            variant="default"
            disabled={!mayOperate || !isChanged}
            loading={save.isPending}
            onClick={() => save.mutate({ id: row.id, mapping })}
          >
            Apply mapping
          </Button>
          <Button
            leftSection={<Check size={14} />}
            disabled={!mayOperate || isChanged}
            loading={commit.isPending}
            data-testid="import-commit"
            onClick={() => commit.mutate(row.id)}
          >
            Commit {Format.count(row.counts.created + row.counts.updated)} changes
          </Button>
        </Group>
      </Box>
    </Panel>
  )
}

export { MappingEditor }
