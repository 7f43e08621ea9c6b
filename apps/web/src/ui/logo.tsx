import { Group, Text } from "@mantine/core"

/** The four tiles and the name of the product. */
const Logo = () => (
  <Group gap={9} wrap="nowrap">
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#3b5bdb" />
      <g fill="#fff">
        <rect x="7" y="7" width="8" height="8" rx="2" />
        <rect x="17" y="7" width="8" height="8" rx="2" opacity=".65" />
        <rect x="7" y="17" width="8" height="8" rx="2" opacity=".65" />
        <rect x="17" y="17" width="8" height="8" rx="2" opacity=".35" />
      </g>
    </svg>
    <Text fw={700} fz="md" component="span">
      Tessera
    </Text>
  </Group>
)

export { Logo }
