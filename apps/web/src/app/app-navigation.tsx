import { Box, CloseButton, Divider, Group, Stack, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import {
  BookOpen,
  FileSpreadsheet,
  Hourglass,
  LayoutDashboard,
  ListChecks,
  Package,
  ScrollText,
  Server,
  ShoppingCart,
  Webhook
} from "lucide-react"
import { useSession } from "../lib/use-session.ts"
import { Logo } from "../ui/logo.tsx"

const _links = [
  { to: "/", label: "Dashboard", icon: LayoutDashboard },
  { to: "/orders", label: "Orders", icon: ShoppingCart },
  { to: "/products", label: "Products", icon: Package },
  { to: "/reservations", label: "Reservations", icon: Hourglass },
  { to: "/imports", label: "Imports", icon: FileSpreadsheet },
  { to: "/webhooks", label: "Webhooks", icon: Webhook },
  { to: "/events", label: "Events", icon: ScrollText },
  { to: "/jobs", label: "Jobs", icon: ListChecks },
  { to: "/cluster", label: "Cluster", icon: Server }
] as const

/** Where one can go, and in whose name: the tenant stands above everything. */
const AppNavigation = ({ onNavigate }: { readonly onNavigate: () => void }) => {
  const { tenant, role } = useSession()
  return (
    <Stack h="100%" gap={0} p="sm">
      <Group h={36} px={10} justify="space-between">
        <Logo />
        <CloseButton hiddenFrom="sm" aria-label="Close navigation" onClick={onNavigate} />
      </Group>
      <Box px={10} py={12}>
        <Text size="sm" fw={600} truncate data-testid="tenant-name">
          {tenant.name}
        </Text>
        <Text size="xs" c="dimmed" data-testid="role">
          {role}
        </Text>
      </Box>
      <Stack component="nav" gap={2} aria-label="Pages">
        {_links.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            className="tessera-nav"
            activeOptions={{ exact: to === "/", includeSearch: false }}
            onClick={onNavigate}
          >
            <Icon size={16} aria-hidden />
            {label}
          </Link>
        ))}
      </Stack>
      <Box mt="auto">
        <Divider my="xs" color="var(--tessera-line)" />
        <a href="/docs" className="tessera-nav">
          <BookOpen size={16} aria-hidden />
          API reference
        </a>
      </Box>
    </Stack>
  )
}

export { AppNavigation }
