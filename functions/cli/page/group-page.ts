import { html } from 'hono/html'
import type { Incident } from '../../core/alerts/alert-state.ts'
import type { Commit } from '../../core/model/commit.ts'
import { recoveryFor } from '../../core/recovery/recovery.ts'
import type { History } from '../../jobs/look-back.ts'
import type { LookUpResult } from '../../jobs/look-up.ts'
import type { GroupOverview } from '../../jobs/overview.ts'
import { count } from '../../text/count.ts'
import { beginning, date, dates, name, span } from '../views/format.ts'
import { formatEvent, resolution } from '../views/history.ts'
import {
  formatRecords,
  formatStatus,
  isSameTopic,
  lookupCommand,
  restoreCommand,
  restoreIntroduction,
} from '../views/lookup.ts'
import { adviceSentences } from '../views/lookup-advice.ts'
import { snapshotTitle } from '../views/snapshot.ts'
import { timeLeft } from './first-screen.ts'
import { type Html, page, table } from './layout.ts'
import { plots } from './plot.ts'

export interface GroupParts {
  found: LookUpResult
  /** Undefined if the overview no longer has the group. */
  overview: GroupOverview | undefined
  history: History
  incidents: readonly Incident[]
  /** Whether to show commit metadata, which may be private: applications write anything there. */
  showsMetadata: boolean
  /** Variables that the commands need in order to read this store. */
  environment: Record<string, string>
}

/** The page of one group: impact, owner, last known offsets, recovery, and history. */
export function groupPage(
  { found, overview, history, incidents, showsMetadata, environment }: GroupParts,
  now: number,
): Html {
  const { head, group, kind, state } = found
  const title = name(group)
  return page(title, [
    html`<h1>${title}</h1>
      <p>${kind === 'simple' ? 'simple' : `${kind}, ${state}`} · ${snapshotTitle(head, now)}</p>`,
    facts(found, overview, now),
    html`<h2>Last known offsets</h2>`,
    offsetTable(found, showsMetadata, now),
    wayBack(found, environment),
    html`<p>This command shows the offsets above in a terminal:</p>
      ${commandBlock(lookupCommand(head.cluster, group, environment))}<script src="/copy.js" defer></script>`,
    incidentTable(incidents, now),
    html`<h2>History</h2>`,
    losses(history, now),
    html`<p>${resolution(history.readings.length, history.snapshots, history.every)}</p>`,
    plots(history, now),
  ])
}

function facts(
  { offsets, lastMember }: LookUpResult,
  overview: GroupOverview | undefined,
  now: number,
): Html {
  const lost = offsets.filter(({ status }) => status !== 'committed').length
  const deadline = overview?.deadline ?? null
  const records = overview?.recordsDeadline ?? null
  return html`<dl class="facts">
    <div><dt>Deadline of the offsets</dt><dd>${
      deadline === null ? 'none' : `not before ${date(deadline, now)} UTC (${timeLeft(deadline, now)})`
    }</dd></div>
    ${
      records === null
        ? ''
        : html`<div><dt>Deadline of unread records</dt><dd>${date(records, now)} UTC (${timeLeft(records, now)})</dd></div>`
    }
    <div><dt>Lost</dt><dd class="${lost > 0 ? 'bad' : ''}">${lost > 0 ? count(lost, 'partition') : 'nothing'}</dd></div>
    <div><dt>Owner</dt><dd>${overview?.owner ? name(overview.owner) : 'no route names one'}</dd></div>
    <div><dt>Last member</dt><dd>${
      lastMember === null
        ? 'none seen'
        : `${name(lastMember.clientId)} on ${name(lastMember.host)}, ${span(Math.max(0, now - lastMember.seenAt))} ago`
    }</dd></div>
  </dl>`
}

function offsetTable({ offsets }: LookUpResult, showsMetadata: boolean, now: number): Html {
  const headings = [
    'Topic',
    'Partition',
    'Offset',
    'What happened (UTC)',
    'Still in the log',
    'Last seen (UTC)',
    'Deadline (UTC)',
  ]
  const rows = offsets.map(offset => [
    html`${name(offset.commit.topic)}`,
    html`${offset.commit.partition}`,
    html`<code>${String(offset.offset)}</code>`,
    html`<span class="${offset.status === 'committed' ? '' : 'bad'}">${formatStatus(offset, now)}</span>`,
    html`${offset.reason === 'topic-deleted' ? 'the topic is gone' : formatRecords(offset.impact)}`,
    html`${date(offset.seenAt, now, { seconds: true })}`,
    html`${deadlineOf(offset.commit, now)}`,
    ...(showsMetadata ? [html`${beginning(offset.metadata ?? '')}`] : []),
  ])
  return table('Last known offsets', showsMetadata ? [...headings, 'Metadata'] : headings, rows)
}

function deadlineOf({ gone, deadline, ifStopped, evidence }: Commit, now: number): string {
  if (gone) return '–'
  if (deadline === null) return ifStopped === null ? 'none' : 'kept while it runs'
  if (deadline.earliest === null) return `not known; at the latest ${date(deadline.latest, now)}`
  return `${evidence === 'exact' ? '' : 'not before '}${date(deadline.earliest, now)}`
}

/** The recovery that fits and its command; nothing if nothing is lost. */
function wayBack(found: LookUpResult, environment: Record<string, string>): Html {
  const { head, group, offsets } = found
  const recovery = recoveryFor(offsets)
  if (recovery === null) return html``
  return html`<h2>What to do</h2>
    ${adviceSentences(recovery, isSameTopic(offsets)).map(sentence => html`<p>${withCode(sentence)}</p>`)}
    ${
      recovery.fits === 'restore'
        ? html`<p>${restoreIntroduction}</p>
          ${commandBlock(restoreCommand(head.cluster, group, recovery, environment))}
          <p>To write the offsets, stop the consumers of this group and add <code>--execute</code>.</p>`
        : ''
    }`
}

/** Sentences for the terminal mark a command with backticks. */
const withCode = (sentence: string): Html[] =>
  sentence.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))

/** The text can be selected; the script adds a copy button. */
const commandBlock = (command: string): Html =>
  html`<pre class="command" tabindex="0"><code>${command}</code></pre>`

const kinds: Record<Incident['kind'], string> = {
  deadline: 'offsets are due',
  loss: 'offsets were lost',
  'records-deadline': 'unread records are due',
  'records-loss': 'unread records were lost',
  'never-committed': 'partitions were never committed',
}

function incidentTable(incidents: readonly Incident[], now: number): Html {
  if (incidents.length === 0) return html``
  const rows = incidents
    .toSorted((a, b) => b.openedAt - a.openedAt)
    .map(({ openedAt, kind, level, acknowledgedAt, acknowledgedBy, closed }) => [
      html`${date(openedAt, now)}`,
      html`${kinds[kind]}${level === null ? '' : ` (${level})`}`,
      html`${acknowledgedAt === null ? '–' : date(acknowledgedAt, now)}${acknowledgedBy === undefined ? '' : ` by ${name(acknowledgedBy)}`}`,
      html`${closed === null ? 'open' : `${date(closed.at, now)}: ${closed.why.replaceAll('-', ' ')}`}`,
    ])
  return html`<h2>Incidents</h2>
    ${table('Incidents, the newest first', ['Opened (UTC)', 'What', 'Acknowledged (UTC)', 'Closed (UTC)'], rows)}`
}

const MOST_EVENTS = 50

function losses({ events }: History, now: number): Html {
  const lost = events.filter(({ kind }) => kind === 'gone' || kind === 'reset').reverse()
  if (lost.length === 0) return html`<p>No loss and no reset in this time.</p>`
  const rows = lost
    .slice(0, MOST_EVENTS)
    .map(event => [
      html`${dates(event.after ?? event.by, event.by, now)}`,
      html`${name(event.topic)}-${event.partition}`,
      html`${formatEvent(event)}`,
    ])
  return table('Losses and resets, the newest first', ['When (UTC)', 'Partition', 'What'], rows)
}
