/** Who may import whom. The pictures behind it: tiers of the repository, floors of packages/infra. */

/** Each folder stands only on floors below its own; folders of one floor do not know each other. */
const floors = [
  ["context", "outbound", "storage"],
  ["tenancy", "workers", "cache"],
  ["cluster"],
  ["lanes", "machines"],
  ["events", "jobs", "workflows", "observe"],
  ["realtime", "webhooks"]
]
const infra = "^packages/infra/src/"
/** Does nothing in the product; see there. */
const failpoint = `${infra}testing/failpoint\\.ts$`
const isTest = "\\.test\\.tsx?$"

const floorRules = floors.flatMap((floor, height) =>
  floor.map((folder) => {
    const allowed = [...floors.slice(0, height).flat(), folder]
    return {
      name: `infra-${folder}-stands-on-lower-floors`,
      severity: "error",
      from: { path: `${infra}${folder}/`, pathNot: isTest },
      to: { path: infra, pathNot: [`${infra}(${allowed.join("|")})/`, failpoint] }
    }
  })
)

const forbid = (name, from, to) => ({ name, severity: "error", from, to })

module.exports = {
  forbidden: [
    ...floorRules,
    forbid("infra-has-only-these-floors", { path: `${infra}(?!(${floors.flat().join("|")}|testing)/)` }, {}),
    forbid(
      "only-tests-use-testing",
      { path: "/src/", pathNot: [isTest, "/src/testing/"] },
      { path: "/src/testing/", pathNot: failpoint }
    ),
    forbid("infra-knows-no-product", { path: "^packages/infra/" }, { path: "^(apps|packages/shared)/" }),
    forbid(
      // The three files are pure: words that contracts are written in.
      "shared-knows-only-words-of-infra",
      { path: "^packages/shared/" },
      {
        path: "^(apps|packages/infra)/",
        pathNot: `${infra}(tenancy/tenancy|context/actor|events/event-(definition|registry))\\.ts$`
      }
    ),
    forbid(
      "feature-imports-feature",
      { path: "^apps/(api|web)/src/features/([^/]+)/", pathNot: isTest },
      { path: "^apps/$1/src/features/", pathNot: "^apps/$1/src/features/$2/" }
    ),
    forbid(
      "only-app-composes-features",
      { path: "^apps/api/src/(?!features/|wiring/|app\\.ts$|main\\.ts$|[^/]+-main\\.ts$)", pathNot: isTest },
      { path: "^apps/api/src/features/" }
    ),
    forbid(
      "only-web-app-composes-features",
      { path: "^apps/web/src/(?!features/|app/|main\\.tsx$)", pathNot: isTest },
      { path: "^apps/web/src/features/" }
    ),
    forbid(
      "features-know-no-composition",
      { path: "^apps/(api|web)/src/features/", pathNot: isTest },
      { path: "^apps/$1/src/(wiring/|app\\.ts$|app/)" }
    ),
    forbid("web-never-imports-server", { path: "^apps/web/" }, { path: "^(apps/api|packages/infra)/" }),
    forbid("server-never-imports-web", { path: "^(apps/api|packages)/" }, { path: "^apps/web/" }),
    forbid("sandbox-is-another-program", { path: "^apps/api/sandbox/" }, { path: "^apps/api/src/" }),
    forbid(
      "product-knows-no-sandbox",
      { path: "^apps/api/src/", pathNot: [isTest, "/src/testing/"] },
      { path: "^apps/api/sandbox/" }
    ),
    forbid("no-circle", {}, { circular: true })
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // TypeScript's erased imports count, too: a type from upstairs is a dependency on upstairs.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] }
  }
}
