import { Button, Tooltip } from "@mantine/core"
import { Pause, Radio, RefreshCw } from "lucide-react"
import { LiveStore } from "../lib/live-store.ts"
import { useLive } from "../lib/use-live.ts"

const _looks = {
  connecting: { label: "Connecting", icon: RefreshCw, color: "var(--tessera-quiet)" },
  live: { label: "Live", icon: Radio, color: "var(--tessera-good)" },
  reconnecting: { label: "Reconnecting", icon: RefreshCw, color: "var(--tessera-warn)" },
  paused: { label: "Paused", icon: Pause, color: "var(--tessera-quiet)" }
} as const satisfies Record<LiveStore.Status, unknown>

/** Whether the page shows the present; a click pauses and resumes, and a resumed page misses nothing. */
const LiveBadge = () => {
  const status = useLive((state) => state.status)
  const { label, icon: Icon, color } = _looks[status]
  const action = status === "paused" ? "Resume live updates" : "Pause live updates"
  return (
    <Tooltip label={action}>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Icon size={13} color={color} aria-hidden />}
        onClick={LiveStore.togglePause}
        data-testid="live-badge"
        data-status={status}
        aria-description={action}
      >
        <span aria-live="polite">{label}</span>
      </Button>
    </Tooltip>
  )
}

export { LiveBadge }
