import { Button, Divider, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type Session } from "@tessera/shared/session/session"
import { LoginQueries } from "./login-queries.ts"

/** The demo's sign-ins as buttons; outside a demo the server lists none, and nothing is shown. */
const DemoLogins = ({
  onChoose,
  disabled
}: {
  readonly onChoose: (login: Session.DemoLogin) => void
  readonly disabled: boolean
}) => {
  const { data = [] } = useQuery(LoginQueries.demoLogins)
  return (
    data.length > 0 && (
      <>
        <Divider my="lg" label="Demo logins" labelPosition="center" />
        <Stack gap={6}>
          {data.map((login) => (
            <Button
              key={login.email}
              variant="default"
              size="sm"
              fullWidth
              justify="space-between"
              disabled={disabled}
              title={login.email}
              data-testid="demo-login"
              rightSection={
                <Text size="xs" c="dimmed" component="span">
                  {login.role}
                </Text>
              }
              onClick={() => onChoose(login)}
            >
              {login.tenant}
            </Button>
          ))}
        </Stack>
      </>
    )
  )
}

export { DemoLogins }
