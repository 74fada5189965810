import { describeWith } from '../../describe-with.ts'
import { launch } from './chromium.ts'

const outcome = await launch().then(
  async browser => {
    await browser.close()
    return { works: true }
  },
  (cause: unknown) => ({ works: false, cause }),
)

/** Skips if Chromium does not start, unless REQUIRE_CHROMIUM is set. */
export const describeWithChromium = describeWith({
  name: 'the Chromium of a package, which does not start here',
  requiredBy: 'REQUIRE_CHROMIUM',
  ...outcome,
})
