import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { InputBlock, ModalView } from '@slack/types'
import chromium from '@sparticuz/chromium'
import { chromium as browsers } from 'playwright-core'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { type Block, Message } from 'slack-blocks-to-jsx'
import type { Notice } from '../../functions/core/alerts/notice.ts'
import { ignoreModal } from '../../functions/slack/interactions/ignore-modal.ts'
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

/** `npm run pictures` renders the main messages and the form in a browser, from the blocks that Slack gets. */

const see = 'https://example.slack.com/archives/C01KAFKA/p1764000000000100'
const docs = 'https://github.com/you/offset-watchdog/blob/main'

const lastLevel = exactCommit(now - 7 * DAY + 5 * HOUR + 20 * MINUTE)
const names =
  'audit-export billing-sync crm-mirror fraud-model geo-index invoices-v2 ledger-copy mail-digest nightly-report orders-search'
/** Groups with similar names share a row. */
const ofPipelines = Array.from({ length: 214 }, (_, i) => `ci-${(0x8f3a91c2 + i * 7_919).toString(16)}`)
const neglected = [...names.split(' ').slice(0, 4), ...ofPipelines, ...names.split(' ').slice(4)].map(
  (group, i) => {
    // The 500 groups share the six hours of the last level, 43 seconds apart.
    const last = exactCommit(now - 7 * DAY + 17 * MINUTE + i * 43_000)
    const commits = Array.from({ length: 1 + ((i * 5) % 7) }, () => last)
    return expiring(commits, {
      cause: 'stopped',
      level: 'last',
      owner: 'team-data',
      incident: incident({ group, level: 'last' }),
    })
  },
)

const notices: Record<string, Notice> = {
  opened: expiring(
    [48_113n, 51_207n, 39_950n].map((offset, partition) => commit({ partition, offset, logEnd: offset })),
  ),
  'last-level': expiring([lastLevel], {
    level: 'last',
    slot: 'last',
    mention: true,
    owner: 'team-payments',
    incident: incident({ level: 'last' }),
  }),
  lost: loss([3, 4].map(partition => lost({ kind: 'gone' }, { partition }))),
  reset: loss([lost({ kind: 'rewound', by: 47_113n }, { offset: 1000n })], { mention: false }),
  'unread-records': records([atRisk()], {
    level: 'second',
    lastMember: { clientId: 'billing-3', host: '10.1.2.3', seenAt: now - 2 * MINUTE },
    incident: incident({ id: '51d0c2b7a9e4', kind: 'records-deadline', level: 'second' }),
  }),
  'two-incidents': both({
    mention: false,
    notices: [
      records([atRisk()], {
        level: 'second',
        incident: incident({ id: '51d0c2b7a9e4', kind: 'records-deadline', level: 'second' }),
      }),
      expiring([commit({ logEnd: 48_113n + 2310n })]),
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
  .menu { position: absolute; left: 34px; bottom: -2px; width: 140px; padding: 5px 0; border-radius: 6px; background: #fff; box-shadow: 0 0 0 1px #ddd, 0 4px 12px #0002 }
  .menu div { padding: 0 16px; line-height: 24px }
  .form { display: block; width: 520px; padding: 20px 24px }
  .form header { display: flex; align-items: center; gap: 10px; margin-bottom: 8px; font-size: 18px; font-weight: 900 }
  .form .logo { width: 28px; height: 28px; font-size: 16px; line-height: 28px }
  .form .close { margin-left: auto; color: #616061; font-size: 24px; font-weight: 400; line-height: 1 }
  .form footer { display: flex; justify-content: flex-end; gap: 12px; margin-top: 24px }
  .form footer span { padding: 5px 14px; border: 1px solid #bbb; border-radius: 4px; font-weight: 700 }
  .form footer .submit { border-color: #007a5a; background: #007a5a; color: #fff }
  .form textarea { height: 36px !important; min-height: 0 !important; resize: none !important }
  /* The package's own words, which Slack does not show. */
  .form [tabindex] > div, .form .text-small > p { display: none }
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

const pageOf = (main: string) => `<!doctype html><meta charset="utf-8"><style>${style}</style>${main}`

/** The message with its menu open, if it has one. */
function ofMessage({ text, attachments }: SlackMessage): string {
  const line = blocksAsHtml([{ type: 'section', text: { type: 'mrkdwn', text } }])
  const below = attachments.map(
    ({ color, blocks }) =>
      `<div class="attachment" style="border-color:${color}">${blocksAsHtml(blocks)}</div>`,
  )
  const head =
    '<span class="name">offset-watchdog</span><span class="app">APP</span><span class="time">16:00</span>'
  const options = attachments
    .flatMap(({ blocks }) => blocks)
    .flatMap(block => (block.type === 'actions' ? block.elements : []))
    .flatMap(element => (element.type === 'overflow' ? element.options : []))
    .map(option => `<div>${option.text.text}</div>`)
  const html = below.join('').replace('</svg></button>', `$&<div class="menu">${options.join('')}</div>`)
  return `<main><div class="logo">o</div><div>${head}${marked(line)}${html}</div></main>`
}

const isInput = (block: ModalView['blocks'][number]): block is InputBlock => block.type === 'input'

function ofForm({ title, blocks, close, submit }: ModalView): string {
  const shown = blocks.map(block =>
    isInput(block) && block.optional
      ? { ...block, label: { ...block.label, text: `${block.label.text} (optional)` } }
      : block,
  )
  // A browser shows a date in the format of its own language.
  const html = blocksAsHtml(shown).replace('type="date"', '')
  return `<main class="form">
    <header><span class="logo">o</span>${title.text}<span class="close">×</span></header>${html}
    <footer><span>${close?.text}</span><span class="submit">${submit?.text}</span></footer></main>`
}

const messages = Object.entries(notices).map(([name, notice]) => {
  const message = render(notice, {
    mention: '<!here>',
    docs,
    buttons: name.startsWith('buttons'),
    mayIgnore: name.startsWith('buttons'),
    related: name === 'last-level' || name === 'lost' ? see : undefined,
  })
  return [name, ofMessage(message)] as const
})
const form = ignoreModal(
  { group: 'payments-v1', cluster: 'prod', incident: '7c1f09ab', responseUrl: see },
  { ignore: 'on', ignoreFor: 30 * DAY, ignoreForAtMost: 90 * DAY },
  now,
)

mkdirSync(folder, { recursive: true })
const browser = await browsers.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
})
try {
  const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 720, height: 400 } })
  for (const [name, main] of [...messages, ['ignore-form', ofForm(form)] as const]) {
    await page.setContent(pageOf(main), { waitUntil: 'load' })
    await page.locator('main').screenshot({ path: join(folder, `${name}.png`) })
    process.stdout.write(`docs/pictures/${name}.png\n`)
  }
} finally {
  await browser.close()
}
