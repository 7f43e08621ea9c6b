import { defineConfig } from "@playwright/test"

const minute = 60_000

/** Journeys in a real browser against the real product: `e2e/global-setup.ts` starts it and says where it is. */
export default defineConfig({
  testDir: "e2e",
  // The `.full.ts` ones look at every page in both themes and widths; `npm run test:full` runs them, too.
  testMatch: process.env.E2E_FULL === undefined ? "*.spec.ts" : ["*.spec.ts", "*.full.ts"],
  outputDir: "test-results",
  globalSetup: "./e2e/global-setup.ts",
  // One product, one database, one browser: journeys that kill replicas would disturb their neighbours.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: minute,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      // The system's Chromium: nothing is downloaded.
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync"
      ]
    }
  }
})
