import { type Bed } from "./bed.ts"

declare namespace newProduct {
  interface Options {
    readonly sku: string
    readonly initial: number
    readonly priceMinor?: number
    readonly slug?: string
  }
}

/** A product of the case's own: nobody else takes of its stock. */
const newProduct = async (
  bed: Bed,
  { initial, priceMinor = 1_990, sku, slug }: newProduct.Options
): Promise<string> => {
  const body = { sku, name: `Of ${sku}`, priceMinor, initial }
  const answer = await bed.answered({ method: "POST", path: "/v1/products", body }, slug)
  // Whoever asks again because an answer was lost finds what was made the first time.
  const isThere = answer.status === 201 || answer.status === 409
  bed.expect(isThere, `the product ${sku} was not made: ${answer.status} ${JSON.stringify(answer.body)}`)
  return sku
}

export { newProduct }
