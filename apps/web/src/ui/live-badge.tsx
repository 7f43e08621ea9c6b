import { Button, Popover, VisuallyHidden } from "@mantine/core"
import { useDebouncedValue } from "@mantine/hooks"
import { Option } from "effect"
import { Pause, Radio, RefreshCw, WifiOff } from "lucide-react"
import { type LiveStore } from "../lib/live-store.ts"
import { useLive } from "../lib/use-live.ts"
import { LiveDetails } from "./live-details.tsx"

const _looks = {
  connecting: { label: "Connecting", icon: RefreshCw, color: "var(--tessera-quiet)" },
  live: { label: "Live", icon: Radio, color: "var(--tessera-good)" },
  reconnecting: { label: "Reconnecting", icon: RefreshCw, color: "var(--tessera-warn)" },
  paused: { label: "Paused", icon: Pause, color: "var(--tessera-quiet)" }
} as const satisfies Record<LiveStore.Status, unknown>

const _offline = { label: "Offline", icon: WifiOff, color: "var(--tessera-warn)" } as const

/** A screen reader hears of what lasts: most connections are back before a sentence would end. */
const _lastsMillis = 2500

const _spoken = {
  connecting: () => "",
  live: (losses) => (losses === 0 ? "" : "Updates are live again"),
  reconnecting: () => "Live updates are interrupted",
  paused: () => "Live updates are paused"
} as const satisfies Record<LiveStore.Status, (losses: number) => string>

/** Whether the page shows the present; a click tells the story and lets a person pause, resume or retry. */
const LiveBadge = () => {
  const status = useLive((state) => state.status)
  const losses = useLive((state) => state.losses)
  const isOffline = useLive(({ holds }) => holds.includes("offline") && !holds.includes("person"))
  const replica = useLive((state) => state.replica)
  const [lasting] = useDebouncedValue(status, _lastsMillis)
  const { label, icon: Icon, color } = isOffline ? _offline : _looks[status]
  return (
    <>
      <Popover width={280} position="bottom-end" shadow="md" trapFocus returnFocus withArrow>
        <Popover.Target>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<Icon size={13} color={color} aria-hidden />}
            data-testid="live-badge"
            data-status={status}
            data-replica={Option.getOrUndefined(replica)}
            aria-description="Live updates"
          >
            {label}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <LiveDetails />
        </Popover.Dropdown>
      </Popover>
      <VisuallyHidden aria-live="polite">{_spoken[lasting](losses)}</VisuallyHidden>
    </>
  )
}

export { LiveBadge }
