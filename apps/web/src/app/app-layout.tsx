import { AppShell, Box, Burger, Group } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type QueryClient, useQueryClient } from "@tanstack/react-query"
import { Outlet, useRouter } from "@tanstack/react-router"
import { Effect, Schedule } from "effect"
import { type ReactNode, useEffect } from "react"
import { FailureStrip } from "../features/failure/failure-strip.tsx"
import { useFailures } from "../features/failure/use-failures.ts"
import { PresenceAvatars } from "../features/presence/presence-avatars.tsx"
import { ApiRuntime } from "../lib/api-runtime.ts"
import { LiveBadge } from "../ui/live-badge.tsx"
import { Logo } from "../ui/logo.tsx"
import { AppNavigation } from "./app-navigation.tsx"
import { UserMenu } from "./user-menu.tsx"

/** The socket's code comes after the first page: what a person reads first does not wait for it. */
const _live = (queries: QueryClient, open: (path: string) => void) =>
  Effect.tryPromise(() => import("./live-sync.ts")).pipe(
    Effect.retry(Schedule.spaced("2 seconds")),
    Effect.flatMap(({ LiveSync }) => LiveSync.run(queries, open)),
    Effect.orDie
  )

const _barHeight = 48
/** As `.tessera-strip` has it. */
const _stripHeight = 30

/** The frame of every signed-in page, and the owner of the live connection. */
const AppLayout = (): ReactNode => {
  const queries = useQueryClient()
  const { history } = useRouter()
  const [opened, navigation] = useDisclosure(false)
  const failures = useFailures()
  useEffect(() => ApiRuntime.fork(_live(queries, history.push)), [queries, history])
  return (
    <AppShell
      layout="alt"
      header={{ height: failures === undefined ? _barHeight : _barHeight + _stripHeight }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
      transitionDuration={120}
    >
      <a href="#content" className="tessera-skip">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h={_barHeight} px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={navigation.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Navigation"
              aria-expanded={opened}
            />
            <Box hiddenFrom="sm">
              <Logo />
            </Box>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <PresenceAvatars />
            <LiveBadge />
            <UserMenu />
          </Group>
        </Group>
        {failures !== undefined && <FailureStrip settings={failures} />}
      </AppShell.Header>
      <AppShell.Navbar data-opened={opened ? true : undefined}>
        <AppNavigation onNavigate={navigation.close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: "none" }}>
        <Box maw={1280} mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  )
}

export { AppLayout }
