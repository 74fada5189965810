import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { chromium as browsers } from 'playwright-core'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { type Block, Message } from 'slack-blocks-to-jsx'
import type { Notice } from '../../functions/core/alerts/notice.ts'
import { render, type SlackMessage } from '../../functions/slack/messages/message.ts'
import {
  commit,
  DAY,
  exactCommit,
  expiring,
  HOUR,
  incident,
  loss,
  lost,
  MINUTE,
  now,
} from './messages/samples.ts'
import { digest, summary } from './messages/samples-of-many.ts'
import { atRisk, both, records, recordsLost } from './messages/samples-of-records.ts'

/** `npm run pictures` renders the main messages in a browser, from exactly the blocks that are posted. */

const see = 'https://example.slack.com/archives/C01KAFKA/p1764000000000100'
const docs = 'https://github.com/you/offset-watchdog/blob/main'

const lastLevel = exactCommit(now - 7 * DAY + 5 * HOUR + 20 * MINUTE)
const names =
  'audit-export billing-sync crm-mirror fraud-model geo-index invoices-v2 ledger-copy mail-digest nightly-report orders-search'
const neglected = names.split(' ').map((group, i) => {
  // The ten nearest of 500 groups that share the six hours of the last level, 43 seconds apart.
  const last = exactCommit(now - 7 * DAY + 17 * MINUTE + i * 43_000)
  const commits = Array.from({ length: 1 + ((i * 5) % 7) }, () => last)
  return expiring(commits, { cause: 'stopped', level: 'last', incident: incident({ group, level: 'last' }) })
})

const pictures: Record<string, Notice> = {
  opened: expiring(
    [48_113n, 51_207n, 39_950n].map((offset, partition) => commit({ partition, offset, logEnd: offset })),
  ),
  'last-level': expiring([lastLevel], {
    level: 'last',
    slot: 'last',
    mention: true,
    incident: incident({ level: 'last' }),
  }),
  lost: loss([3, 4].map(partition => lost({ kind: 'gone' }, { partition }))),
  reset: loss([lost({ kind: 'rewound', by: 47_113n }, { offset: 1000n })], { mention: false }),
  'unread-records': records([atRisk()], {
    level: 'second',
    incident: incident({ id: '51d0c2b7', kind: 'records-deadline', level: 'second' }),
  }),
  'two-incidents': both({
    mention: false,
    notices: [
      records([atRisk()], {
        level: 'second',
        incident: incident({ id: '51d0c2b7', kind: 'records-deadline', level: 'second' }),
      }),
      expiring([commit()]),
    ],
  }),
  'records-lost': recordsLost(),
  buttons: expiring([commit()]),
  'buttons-acknowledged': expiring([commit()], {
    incident: incident({ acknowledgedAt: now - 2 * MINUTE, acknowledgedBy: 'kari' }),
  }),
  digest: digest(),
  'first-run': summary({ total: 500, open: 500, isLastWord: true, worst: neglected }),
}

const folder = join(import.meta.dirname, '../../docs/pictures')
const require = createRequire(import.meta.url)
const styleOf = (file: string) => readFileSync(require.resolve(file), 'utf8')
const font = (weight: number) =>
  `@font-face { font-family: Lato; font-weight: ${weight}; src: url(data:font/woff2;base64,${readFileSync(
    require.resolve(`@fontsource/lato/files/lato-latin-${weight}-normal.woff2`),
  ).toString('base64')}) }`

const style = `
  ${[400, 700, 900].map(font).join('\n')}
  ${styleOf('slack-blocks-to-jsx/dist/style.css')}
  body { margin: 0; font: 15px/1.47 Lato, sans-serif; color: #1d1c1d; background: #fff }
  main :not(code, pre, code *, pre *) { font-family: Lato, 'DejaVu Sans', sans-serif }
  main { display: flex; gap: 8px; padding: 16px 20px; width: 680px }
  .logo { flex: none; width: 36px; height: 36px; border-radius: 6px; background: #36454f; color: #fff; font: 900 20px/36px Lato; text-align: center }
  .name { font-weight: 900 } .app { margin: 0 6px; padding: 1px 3px; border-radius: 2px; background: #ddd; font-size: 10px; font-weight: 700 }
  .time, .context { color: #616061; font-size: 12px }
  .attachment { margin-top: 6px; padding-left: 12px; border-left: 4px solid }
  .attachment section, .attachment > div > div { margin: 6px 0 }
  .mark { display: inline-block; width: 15px; height: 15px; border-radius: 50%; vertical-align: -2px }`

const marks = { '🟠': '#f2952f', '🔴': '#dd2e44', '⚪': '#c9ced3' }
const marked = (html: string) =>
  Object.entries(marks).reduce(
    (text, [mark, colour]) =>
      text.replaceAll(mark, `<span class="mark" style="background:${colour}"></span>`),
    html,
  )

/** Slack shows each reader's own time zone; here it is UTC. */
const date = ({ timestamp }: { timestamp: string }) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
    .format(Number(timestamp) * 1000)
    .replace(',', ' at')

/** `verbatim` tells Slack to make no links from plain text. The package would drop all markup. */
const withoutVerbatim = (key: string, value: unknown) => (key === 'verbatim' ? undefined : value)

const blocksAsHtml = (blocks: object[]) =>
  renderToStaticMarkup(
    createElement(Message, {
      blocks: JSON.parse(JSON.stringify(blocks, withoutVerbatim)) as Block[],
      logo: '',
      name: '',
      theme: 'light',
      withoutWrapper: true,
      hooks: { date },
    }),
  )

function pageOf({ text, attachments }: SlackMessage): string {
  const line = blocksAsHtml([{ type: 'section', text: { type: 'mrkdwn', text } }])
  const below = attachments.map(
    ({ color, blocks }) =>
      `<div class="attachment" style="border-color:${color}">${blocksAsHtml(blocks)}</div>`,
  )
  const head =
    '<span class="name">offset-watchdog</span><span class="app">APP</span><span class="time">16:00</span>'
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>
    <main><div class="logo">o</div><div>${head}${marked(line)}${below.join('')}</div></main>`
}

mkdirSync(folder, { recursive: true })
const browser = await browsers.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
})
try {
  const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 720, height: 400 } })
  for (const [name, notice] of Object.entries(pictures)) {
    const message = render(notice, {
      mention: '<!here>',
      docs,
      buttons: name.startsWith('buttons'),
      related: name === 'last-level' || name === 'lost' ? see : undefined,
    })
    await page.setContent(pageOf(message), { waitUntil: 'load' })
    await page.locator('main').screenshot({ path: join(folder, `${name}.png`) })
    process.stdout.write(`docs/pictures/${name}.png\n`)
  }
} finally {
  await browser.close()
}
