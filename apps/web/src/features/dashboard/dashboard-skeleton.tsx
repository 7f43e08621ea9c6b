import { SimpleGrid, Skeleton, Stack } from "@mantine/core"

/** The dashboard before its first numbers, in the same shape. */
const DashboardSkeleton = () => (
  <Stack gap="md" aria-busy data-testid="loading">
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      {["revenue", "orders", "sagas", "imports"].map((tile) => (
        <Skeleton key={tile} height={84} radius="lg" />
      ))}
    </SimpleGrid>
    <Skeleton height={300} radius="lg" />
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Skeleton height={260} radius="lg" />
      <Skeleton height={260} radius="lg" />
    </SimpleGrid>
  </Stack>
)

export { DashboardSkeleton }
