import { Autocomplete, Group, Select } from "@mantine/core"
import { type UseFormReturnType } from "@mantine/form"

type _Field = "paymentToken" | "postcode"

/** Sandbox outcomes in words, so that a demo needs no manual. */
const _tokens = [
  { value: "tok_ok", label: "tok_ok: accepted" },
  { value: "tok_declined", label: "tok_declined: card declined" },
  { value: "tok_insufficient_funds", label: "tok_insufficient_funds: not enough money" },
  { value: "tok_timeout", label: "tok_timeout: provider does not answer" },
  { value: "tok_flaky_30", label: "tok_flaky_30: fails 30 % of calls" }
]
const _postcodes = ["12345", "00000", "99999"]

/** How an order is paid and where it goes; `token` is one that may be none of those offered. */
const OrderTokenFields = ({
  getInputProps,
  token,
  first
}: {
  readonly getInputProps: (
    field: _Field
  ) => ReturnType<UseFormReturnType<Record<_Field, string>>["getInputProps"]>
  readonly token?: string
  /** Has the focus when a dialog opens. */
  readonly first?: _Field | undefined
}) => {
  const isKnown = token === undefined || _tokens.some(({ value }) => value === token)
  return (
    <Group grow align="flex-start">
      <Select
        label="Payment token"
        data={isKnown ? _tokens : [{ value: token, label: token }, ..._tokens]}
        allowDeselect={false}
        data-autofocus={first === "paymentToken" ? true : undefined}
        {...getInputProps("paymentToken")}
      />
      <Autocomplete
        label="Postcode"
        description="00000 is refused, 99999 is slow"
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={_postcodes}
        openOnFocus={first !== "postcode"}
        data-autofocus={first === "postcode" ? true : undefined}
        {...getInputProps("postcode")}
      />
    </Group>
  )
}

export { OrderTokenFields }
