import { describe } from '@jest/globals'
import { launch } from './chromium.ts'

const works = await launch().then(
  async browser => {
    await browser.close()
    return true
  },
  (error: unknown) => {
    if (process.env.REQUIRE_CHROMIUM)
      throw new Error('REQUIRE_CHROMIUM is set, but the package’s Chromium does not start.', { cause: error })
    process.stderr.write('Skipping the tests of the page in a browser: Chromium does not start.\n')
    return false
  },
)

/** `describe`; skips where Chromium does not start, unless REQUIRE_CHROMIUM is set. */
export const describeWithChromium = works ? describe : describe.skip
