import { SimpleGrid, Skeleton, Stack } from "@mantine/core"

/** The cluster page before its first snapshot, in the same shape. */
const ClusterSkeleton = () => (
  <Stack gap="md" aria-busy data-testid="loading">
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      {["healthy", "shards", "entities", "leaders"].map((tile) => (
        <Skeleton key={tile} height={84} radius="lg" />
      ))}
    </SimpleGrid>
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
      {["first", "second", "third"].map((card) => (
        <Skeleton key={card} height={270} radius="lg" />
      ))}
    </SimpleGrid>
    <Skeleton height={340} radius="lg" />
  </Stack>
)

export { ClusterSkeleton }
