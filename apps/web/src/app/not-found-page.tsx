import { Button, Title } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { MapPinOff } from "lucide-react"
import { NothingHere } from "../ui/nothing-here.tsx"

/** Shown for an address that leads nowhere. */
const NotFoundPage = () => (
  <NothingHere
    icon={MapPinOff}
    title={
      <Title order={1} fz="lg">
        There is no such page
      </Title>
    }
    description="The address may be mistyped, or what it led to is gone."
  >
    <Button component={Link} to="/" variant="default">
      To the dashboard
    </Button>
  </NothingHere>
)

export { NotFoundPage }
