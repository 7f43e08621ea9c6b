import { Alert, Box, Button, Center, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core"
import { useForm } from "@mantine/form"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { getRouteApi, useRouter } from "@tanstack/react-router"
import { Session } from "@tessera/shared/session/session"
import { Option, Schema } from "effect"
import { CircleX } from "lucide-react"
import { type ReactNode } from "react"
import { LiveStore } from "../../lib/live-store.ts"
import { SessionQueries } from "../../lib/session-queries.ts"
import { Logo } from "../../ui/logo.tsx"
import { DemoLogins } from "./demo-logins.tsx"
import { LoginQueries } from "./login-queries.ts"

const _route = getRouteApi("/sign-in")
const _decode = Schema.decodeUnknownOption(Session.Login)

/** `/sign-in`: e-mail and password, or one click on a login of the demo. */
const SignInPage = (): ReactNode => {
  const { to } = _route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (email) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? null : "Your e-mail address"),
      password: (password) => (password === "" ? "Your password" : null)
    }
  })
  const login = useMutation({
    mutationFn: LoginQueries.login.mutationFn,
    onSuccess: (session) => {
      LiveStore.reset()
      queries.clear()
      queries.setQueryData(SessionQueries.me.queryKey, session)
      router.history.push(to ?? "/")
    }
  })
  const signIn = (values: { readonly email: string; readonly password: string }) => {
    Option.map(_decode(values), (credentials) => login.mutate(credentials))
  }
  return (
    <Center mih="100dvh" p="md" component="main">
      <Box className="tessera-panel" w="100%" maw={400} p={{ base: "lg", xs: "xl" }}>
        <Logo />
        <Title order={1} fz={20} mt="lg" mb="md">
          Sign in
        </Title>
        {login.error !== null && (
          <Alert
            variant="default"
            mb="md"
            icon={<CircleX color="var(--tessera-bad)" />}
            title={login.error.title}
            role="alert"
          >
            {Option.getOrUndefined(login.error.detail)}
            {Option.isSome(login.error.requestId) && (
              <Text size="xs" c="dimmed">
                Request {login.error.requestId.value}
              </Text>
            )}
          </Alert>
        )}
        <form onSubmit={form.onSubmit(signIn)} noValidate>
          <Stack gap="sm">
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              data-testid="login-email"
              {...form.getInputProps("email")}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              data-testid="login-password"
              {...form.getInputProps("password")}
            />
            <Button type="submit" size="sm" fullWidth loading={login.isPending} data-testid="login-submit">
              Sign in
            </Button>
          </Stack>
        </form>
        <DemoLogins onChoose={signIn} disabled={login.isPending} />
      </Box>
    </Center>
  )
}

export { SignInPage }
