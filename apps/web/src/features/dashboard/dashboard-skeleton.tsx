import { Grid, SimpleGrid, Skeleton, Stack } from "@mantine/core"

const _tiles = ["revenue", "orders", "rate", "time", "sagas", "imports", "jobs", "latency"] as const

/** The dashboard before its first numbers, as high as it will be. */
const DashboardSkeleton = () => (
  <Stack gap="md" aria-busy data-testid="loading">
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      {_tiles.map((tile) => (
        <Skeleton key={tile} height={92} radius="lg" />
      ))}
    </SimpleGrid>
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Skeleton height={317} radius="lg" />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Skeleton height={317} radius="lg" />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Stack gap="md">
          <Skeleton height={306} radius="lg" />
          <Skeleton height={155} radius="lg" />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Skeleton height={477} radius="lg" />
      </Grid.Col>
    </Grid>
  </Stack>
)

export { DashboardSkeleton }
