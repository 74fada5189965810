import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type PageServer, servePage } from '../../../functions/cli/page/server.ts'
import type { TestStore } from '../store.ts'
import { launch } from './chromium.ts'
import { describeWithChromium } from './describe.ts'
import { pageStore, snapshotsOfLoss } from './samples.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const screen = { width: 1280, height: 720 }

describeWithChromium('the page in a real browser', () => {
  let store: TestStore
  let server: PageServer
  let browser: Browser
  let context: BrowserContext | undefined
  const asked: string[] = []

  beforeAll(async () => {
    const { store: made, source } = await pageStore(...snapshotsOfLoss(Date.now()))
    store = made
    const at = { host: '127.0.0.1', port: 0 }
    server = await servePage(at, source, { url: undefined, interval: 3_600_000 }, false)
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await store?.[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await context?.close()
    context = undefined
  })

  async function open(path = '', options: BrowserContextOptions = {}): Promise<Page> {
    context = await browser.newContext({ viewport: screen, javaScriptEnabled: false, ...options })
    const page = await context.newPage()
    page.on('request', request => asked.push(request.url()))
    await page.goto(server.url + path)
    return page
  }

  test('a lost group is one click away, with its last offsets, the time of the loss and the command', async () => {
    const page = await open()
    expect(await page.locator('h3:has-text("Is the watchdog running?") + p').textContent()).toMatch(
      /Yes: .*\s+complete, with exact/,
    )
    await page
      .getByRole('region', { name: 'Lost offsets of prod' })
      .getByRole('link', { name: 'orders' })
      .click()
    expect(await page.locator('h1').textContent()).toBe('orders')
    const row = page.getByRole('row', { name: /team\.orders\s+1/ })
    expect(await row.textContent()).toMatch(/2933\s*gone: expired between/)
    expect(await page.locator('.command').first().textContent()).toBe(
      'offset-watchdog restore --cluster=prod -- orders',
    )
    expect(await page.locator('svg').count()).toBe(3)
  })

  test('a button copies the command', async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    const page = await open('group?cluster=prod&name=orders', { javaScriptEnabled: true, permissions })
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'offset-watchdog restore --cluster=prod -- orders',
    )
  })

  test('last offsets, deadline, owner and last member are visible without scrolling', async () => {
    const page = await open('group?cluster=prod&name=orders')
    for (const text of ['Deadline of the offsets', 'Owner', 'Last member']) {
      const box = await page.getByText(text, { exact: true }).boundingBox()
      expect(box && box.y + box.height).toBeLessThan(screen.height)
    }
    const last = await page.locator('tbody tr').nth(2).boundingBox()
    expect(last && last.y + last.height).toBeLessThan(screen.height)
  })

  test('the keyboard is enough to skip the navigation, filter, and open a group', async () => {
    const page = await open()
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('bill')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=bill/)
    expect(await page.getByRole('link', { name: 'orders' }).count()).toBe(0)
    const link = page.getByRole('link', { name: 'billing' })
    for (let i = 0; i < 20 && (await link.and(page.locator(':focus')).count()) === 0; i++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/name=billing/)
    expect(await page.locator('.facts').textContent()).toMatch(/not before .* UTC \(4 h 5\d min\)/)
  })

  test.each(['light', 'dark'] as const)('axe finds nothing in the %s theme', async colorScheme => {
    for (const path of ['', 'groups', 'group?cluster=prod&name=orders', 'no-such-page']) {
      const page = await open(path, { colorScheme, javaScriptEnabled: true, bypassCSP: true })
      await page.addScriptTag({ content: axe })
      const found: AxeResults = await page.evaluate('axe.run()')
      expect(found.violations.map(({ id, nodes }) => [path, id, nodes[0]?.html])).toEqual([])
      expect(found.passes.length).toBeGreaterThan(10)
      await context?.close()
      context = undefined
    }
  })

  test('the dark theme is dark', async () => {
    const page = await open('', { colorScheme: 'dark', javaScriptEnabled: true })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(13, 17, 23)')
  })

  test('the browser asks no other server', () => {
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter(url => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([])
  })
})
