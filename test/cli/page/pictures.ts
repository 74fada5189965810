import { join } from 'node:path'
import { mock } from 'node:test'
import { servePage } from '../../../functions/cli/page/server.ts'
import { launch } from './chromium.ts'
import { pageStore, snapshotsOfLoss } from './samples.ts'

/** `npm run pictures` renders the page in a browser. */

const now = Date.UTC(2026, 10, 23, 9)
// The levels on the page depend on the clock, so without this the picture would change from day to day.
mock.timers.enable({ apis: ['Date'], now })

const folder = join(import.meta.dirname, '../../../docs/pictures')
const { store, source } = await pageStore(...snapshotsOfLoss(now))
await using _ = store
await using server = await servePage(
  { host: '127.0.0.1', port: 0 },
  source,
  { url: undefined, interval: 100 * 24 * 3_600_000 },
  false,
  () => now,
)
const browser = await launch()
try {
  for (const [name, path, colorScheme] of [
    ['page', '', 'light'],
    ['page-group', 'group?cluster=prod&name=orders', 'light'],
    ['page-group-dark', 'group?cluster=prod&name=orders', 'dark'],
  ] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 720 } })
    await page.goto(server.url + path)
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
    process.stdout.write(`docs/pictures/${name}.png\n`)
  }
} finally {
  await browser.close()
}
