import { Skeleton, Stack, VisuallyHidden } from "@mantine/core"

const _widths = [96, 84, 91, 78, 94, 81, 88, 76, 92, 79] as const

/** The loading state of a list, in the height of the rows that come; at most ten. */
const RowSkeleton = ({ rows = 8 }: { readonly rows?: number }) => (
  <Stack gap={14} p="md" aria-busy data-testid="loading">
    <VisuallyHidden>Loading</VisuallyHidden>
    {_widths.slice(0, rows).map((width) => (
      <Skeleton key={width} height={16} width={`${width}%`} radius="sm" />
    ))}
  </Stack>
)

export { RowSkeleton }
