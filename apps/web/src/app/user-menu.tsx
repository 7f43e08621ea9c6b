import { Button, Menu, Text, useMantineColorScheme } from "@mantine/core"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useRouter } from "@tanstack/react-router"
import { Check, ChevronDown, LogOut, Monitor, Moon, Sun } from "lucide-react"
import { ApiRuntime } from "../lib/api-runtime.ts"
import { useSession } from "../lib/use-session.ts"
import { LeaveSession } from "./leave-session.ts"

const _schemes = [
  { value: "auto", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon }
] as const

/** Who is signed in, the colour scheme, and the way out. */
const UserMenu = () => {
  const { name, email } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const router = useRouter()
  const queries = useQueryClient()
  const signOut = useMutation({
    mutationFn: ApiRuntime.mutation((client) => client.session.logout({})),
    // Signed out or not reachable: either way the person wants to be gone from this screen.
    onSettled: () => LeaveSession(router, queries)
  })
  return (
    <Menu
      position="bottom-end"
      width={220}
      withInitialFocusPlaceholder={false}
      transitionProps={{ duration: 80 }}
    >
      <Menu.Target>
        <Button
          variant="default"
          size="compact-sm"
          rightSection={<ChevronDown size={13} aria-hidden />}
          data-testid="user-menu"
        >
          <Text span inherit truncate maw={{ base: 56, xs: 160, sm: 260 }}>
            {name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {email !== null && (
          <Text size="xs" c="dimmed" px="sm" py={6} truncate>
            {email}
          </Text>
        )}
        <Menu.Label>Theme</Menu.Label>
        {_schemes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={14} aria-hidden />}
            rightSection={colorScheme === value && <Check size={14} aria-label="chosen" />}
            onClick={() => setColorScheme(value)}
            data-testid={`theme-${value}`}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<LogOut size={14} aria-hidden />}
          onClick={() => signOut.mutate(undefined)}
          data-testid="sign-out"
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

export { UserMenu }
