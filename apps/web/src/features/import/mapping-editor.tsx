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

const _label = (field: string) =>
  field === "sku" ? "SKU" : `${field.charAt(0).toUpperCase()}${field.slice(1)}`

/** Which column of the file fills which field, and the decision: change the mapping, or import. */
const MappingEditor = ({ row }: { readonly row: Import.Model }) => {
  const mayOperate = usePermission("operate")
  const [mapping, setMapping] = useState<Import.Mapping>(row.mapping)
  const save = useAction(ImportQueries.mapping, { done: "Mapping changed, the file is read again" })
  const commit = useAction(ImportQueries.commit)
  const fields = ImportFields[row.kind]
  const isIncomplete = fields.some(({ name, required }) => required && mapping[name] === undefined)
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
          Fields with a star need a column; the others take their default. The choice is remembered.
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
          {fields.map(({ name, required }) => (
            <Select
              key={name}
              size="xs"
              label={_label(name)}
              withAsterisk={required}
              placeholder={required ? "Choose a column" : "Default"}
              clearable
              searchable
              clearButtonProps={{ "aria-label": `Clear ${_label(name)}` }}
              disabled={!mayOperate}
              data={columns}
              value={mapping[name] ?? null}
              error={required && mapping[name] === undefined}
              onChange={(column) => assign(name, column)}
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
            disabled={!mayOperate || isChanged || isIncomplete}
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
