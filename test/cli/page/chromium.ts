import chromium from '@sparticuz/chromium'
import { type Browser, chromium as browsers } from 'playwright-core'

/** The Chromium of the package, without its sandbox and with web security. */
export const launch = async (): Promise<Browser> =>
  browsers.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu'],
  })
