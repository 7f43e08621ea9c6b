declare namespace DemoTenants {
  type Article = { readonly sku: string; readonly name: string; readonly priceMinor: number }
  type Plan = {
    readonly slug: string
    readonly name: string
    readonly currency: string
    readonly countries: ReadonlyArray<string>
    readonly articles: ReadonlyArray<Article>
  }
}

const _catalogue = (
  prefix: string,
  entries: ReadonlyArray<readonly [name: string, priceMinor: number]>
): ReadonlyArray<DemoTenants.Article> =>
  entries.map(([name, priceMinor], index) => ({ sku: `${prefix}-${101 + index}`, name, priceMinor }))

const _outdoors = _catalogue("ACM", [
  ["Two-person trekking tent", 24_900],
  ["Down sleeping bag −5 °C", 18_950],
  ["Self-inflating mat", 7_990],
  ["Trail backpack 45 l", 12_900],
  ["Day pack 18 l", 5_490],
  ["Merino base layer", 6_990],
  ["Rain jacket, three layers", 21_900],
  ["Softshell trousers", 9_990],
  ["Hiking socks, pair", 1_790],
  ["Trail running shoes", 12_990],
  ["Leather hiking boots", 19_990],
  ["Gaiters", 3_990],
  ["Carbon trekking poles", 8_490],
  ["Headlamp 400 lm", 4_990],
  ["Gas stove, foldable", 3_490],
  ["Titanium pot 0.9 l", 4_290],
  ["Insulated bottle 0.75 l", 2_990],
  ["Water filter", 4_490],
  ["Dry bag 20 l", 2_490],
  ["Climbing harness", 6_490],
  ["Dynamic rope 60 m", 15_990],
  ["Belay device", 3_290],
  ["Chalk bag", 1_990],
  ["Bouldering brush", 690],
  ["First-aid kit", 2_790],
  ["Topographic map set", 1_490],
  ["Compass with mirror", 3_890],
  ["Wool beanie", 2_290],
  ["Sun hat", 2_690],
  ["Ridge wool blanket", 8_900]
])

const _kitchen = _catalogue("GLX", [
  ["Chef's knife 20 cm", 8_900],
  ["Paring knife 9 cm", 2_400],
  ["Bread knife 24 cm", 5_200],
  ["Honing steel", 3_100],
  ["End-grain cutting board", 9_400],
  ["Stainless saucepan 2 qt", 6_800],
  ["Sauté pan 11 in", 12_900],
  ["Cast-iron skillet 12 in", 5_900],
  ["Dutch oven 6 qt", 18_900],
  ["Stockpot 16 qt", 14_500],
  ["Half-sheet pan, set of 2", 3_400],
  ["Silicone baking mat", 1_900],
  ["Loaf tin", 1_600],
  ["Springform tin 9 in", 2_200],
  ["Stand mixer 5 qt", 34_900],
  ["Immersion blender", 8_200],
  ["Food processor 14 cup", 21_900],
  ["Digital scale 5 kg", 3_900],
  ["Probe thermometer", 4_700],
  ["Microplane zester", 1_700],
  ["Box grater", 1_900],
  ["Mandoline", 6_400],
  ["Balloon whisk", 1_400],
  ["Fish spatula", 1_800],
  ["Spring tongs 12 in", 1_300],
  ["Ladle 8 oz", 1_500],
  ["Chinois, fine mesh", 4_900],
  ["Mixing bowls, set of 5", 4_200],
  ["Prep containers, dozen", 2_600],
  ["Kitchen twine, roll", 700]
])

/** Who the demo data belongs to: two tenants that share nothing, not even a SKU. */
const DemoTenants: ReadonlyArray<DemoTenants.Plan> = [
  {
    slug: "acme",
    name: "Acme Outfitters",
    currency: "EUR",
    countries: ["Germany", "France", "Italy", "Spain", "Austria", "Netherlands"],
    articles: _outdoors
  },
  {
    slug: "globex",
    name: "Globex Kitchen Supply",
    currency: "USD",
    countries: ["United States", "Canada", "Mexico", "United Kingdom"],
    articles: _kitchen
  }
]

export { DemoTenants }
