import { defineConfig } from "vitest/config"

const generated = ["**/node_modules/**", "**/.build/**", "**/.data/**"]
const minute = 60_000

/**
 * One project a ring. JSX is compiled as tsconfig.json says: no React plugin, because vitest brings a Vite of its own.
 * Two workers at most: the tests share the machine with PostgreSQL and with the processes that they start.
 */
export default defineConfig({
  test: {
    pool: "forks",
    teardownTimeout: minute,
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    projects: [
      {
        extends: true,
        test: {
          name: "tidy",
          include: ["tests/tidy.test.ts", "tests/delivery.test.ts", "tests/docs.test.ts"],
          testTimeout: minute
        }
      },
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.{ts,tsx}",
            "apps/*/src/**/*.test.{ts,tsx}",
            "apps/api/sandbox/**/*.test.ts",
            "chaos/**/*.test.ts",
            "tests/launcher*.test.ts",
            "tests/workbook*.test.ts"
          ],
          exclude: [...generated, "**/*.integration.test.ts", "**/*.scale.test.ts"],
          testTimeout: minute
        }
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{apps,packages,tests,chaos}/**/*.integration.test.ts"],
          exclude: generated,
          globalSetup: ["tests/global-postgres.ts"],
          testTimeout: minute,
          hookTimeout: minute
        }
      },
      {
        extends: true,
        test: {
          name: "scale",
          include: ["packages/*/src/**/*.scale.test.ts"],
          exclude: generated,
          globalSetup: ["tests/global-postgres.ts"],
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 5 * minute,
          hookTimeout: minute
        }
      },
      {
        extends: true,
        test: {
          name: "cluster",
          include: ["tests/cluster/**/*.test.ts"],
          exclude: [...generated, "**/*.full.test.ts"],
          // One process for all files: they share one fleet of three replicas.
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 5 * minute,
          hookTimeout: 3 * minute
        }
      },
      {
        extends: true,
        test: {
          name: "cluster-full",
          include: ["tests/cluster/**/*.full.test.ts"],
          exclude: generated,
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 5 * minute,
          hookTimeout: 3 * minute
        }
      }
    ]
  }
})
