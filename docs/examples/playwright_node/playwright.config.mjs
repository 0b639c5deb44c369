import { defineConfig } from '@playwright/test'

// A town that runs already (NINESTEP_URL), or one for this run.
const port = process.env.NINESTEP_PROVIDER_PORT || '9000'
const url = (process.env.NINESTEP_URL ||= `http://127.0.0.1:${port}`) // the tests read it, too

export default defineConfig({
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  testIgnore: ['vendor/**', '.venv/**'], // Ninestep has tests of its own
  outputDir: 'test-results/browser',
  reporter: [['list'], ['junit', { outputFile: 'test-results/junit.xml' }]],
  use: {
    trace: 'retain-on-failure',
    // A Chromium of the machine's own, instead of `npx playwright install chromium`.
    launchOptions: process.env.CHROMIUM ? { executablePath: process.env.CHROMIUM } : {},
  },
  webServer: {
    command: 'ninestep up',
    env: { NINESTEP_PROVIDER_PORT: new URL(url).port || port },
    url: `${url}/readyz`,
    reuseExistingServer: true,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
})
