import { Tenancy } from "@tessera/infra/tenancy"
import { Schema } from "effect"

const _Slug = Schema.String.pipe(Schema.pattern(/^[a-z][a-z0-9-]{1,30}$/), Schema.brand("TenantSlug"))

class _Model extends Schema.Class<_Model>("Tenant")({
  id: Tenancy.Id,
  slug: _Slug,
  name: Schema.NonEmptyTrimmedString
}) {}

/** A customer of the product: the unit of isolation. */
const Tenant = { Id: Tenancy.Id, Slug: _Slug, Model: _Model } as const

declare namespace Tenant {
  type Id = Tenancy.Id
  type Slug = typeof _Slug.Type
  type Model = _Model
}

export { Tenant }
