import { Anchor, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { type Import } from "@tessera/shared/import/import"
import { Money } from "@tessera/shared/money"
import { type Notice } from "@tessera/shared/notice/notice"
import { Match } from "effect"
import { Format } from "../../lib/format.ts"

type _Toast = {
  readonly title: string
  readonly text: string
  readonly color: string
  readonly path: string
  readonly action: string
}

const _visibleMillis = 12_000

const _import = ({ importId }: { readonly importId: string }) => ({
  path: `/imports/${importId}`,
  action: "Open the import"
})

const _counted = ({ created, rejected }: Import.Counts) =>
  `${Format.count(created)} created, ${Format.count(rejected)} rejected`

const _toast = Match.type<Notice.About>().pipe(
  Match.tagsExhaustive({
    "import.completed": (about): _Toast => ({
      ..._import(about),
      title: "Your import is done",
      text: `${about.fileName}: ${_counted(about.counts)}`,
      color: "teal"
    }),
    "import.failed": (about): _Toast => ({
      ..._import(about),
      title: "Your import failed",
      text: `${about.fileName}: ${about.reason}`,
      color: "red"
    }),
    "order.approval_requested": ({ currency, number, orderId, totalMinor }): _Toast => ({
      title: "An order waits for approval",
      text: `${number}, ${Money.format(totalMinor, currency)}`,
      color: "indigo",
      path: `/orders/${orderId}`,
      action: "Open the order"
    })
  })
)

/** Toasts live outside the router, so whoever shows one says how to go to a page. */
const NoticeToast = {
  /** One that comes twice is shown once. */
  show: ({ about, id }: Notice.Model, open: (path: string) => void): void => {
    const { action, color, path, text, title } = _toast(about)
    const follow = () => {
      notifications.hide(id)
      open(path)
    }
    notifications.show({
      id,
      title,
      color,
      autoClose: _visibleMillis,
      closeButtonProps: { "aria-label": "Close" },
      message: (
        <>
          <Text size="sm">{text}</Text>
          <Anchor
            href={path}
            size="sm"
            data-testid="notice-link"
            onClick={(event) => {
              event.preventDefault()
              follow()
            }}
          >
            {action}
          </Anchor>
        </>
      )
    })
  }
} as const

export { NoticeToast }
