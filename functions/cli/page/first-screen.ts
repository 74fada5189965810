import { html } from 'hono/html'
import { levels } from '../../core/model/commit.ts'
import { isTooOld } from '../../core/snapshot.ts'
import { HOUR } from '../../core/time.ts'
import type { GroupOverview, Overview } from '../../jobs/overview.ts'
import { count } from '../../text/count.ts'
import { date, name, span } from '../views/format.ts'
import { aboutSnapshot } from '../views/snapshot.ts'
import { type Filter, filterForm, groupLink, type Html, isWanted, page, table } from './layout.ts'

/** A cluster's overview, or a sentence that says why there is none. */
export interface ClusterPart {
  /** @see PageSource */
  label: string
  overview: Overview | string
}

const DUE_WITHIN = 72 * HOUR
const MOST_ROWS = 100

/**
 * The first screen answers three questions: is the watchdog running, what is lost, what is due within 72 hours.
 * @param interval ms between two snapshots
 * @param now ms since the epoch
 */
export function firstScreen(
  clusters: readonly ClusterPart[],
  filter: Filter,
  interval: number,
  now: number,
): Html {
  const overviews = clusters.flatMap(({ overview }) => (typeof overview === 'string' ? [] : [overview]))
  return page('First screen', [
    html`<h1>Committed offsets</h1>`,
    filterForm('/', filter, overviews),
    ...clusters.map(({ label, overview }) =>
      typeof overview === 'string'
        ? html`<section><h2>${name(label)}</h2><p class="bad">${overview}</p></section>`
        : clusterSection(label, overview, filter, interval, now),
    ),
  ])
}

function clusterSection(
  cluster: string,
  { head, groups }: Overview,
  filter: Filter,
  interval: number,
  now: number,
): Html {
  const wanted = groups.filter(isWanted(filter)).filter(({ isIgnored }) => !isIgnored)
  const lost = wanted
    .filter(({ openLosses }) => openLosses > 0)
    .sort((a, b) => (b.lostBy ?? 0) - (a.lostBy ?? 0))
  const due = wanted
    .filter(group => nearestOf(group) <= now + DUE_WITHIN)
    .sort((a, b) => nearestOf(a) - nearestOf(b))
  const isOld = isTooOld(head, now, 2 * interval)
  const age = `${date(head.takenAt, now)} UTC, ${span(Math.max(0, now - head.takenAt))} ago`
  const exact = head.mode === 'exact' ? 'exact commit times' : 'observed commit times'

  return html`<section>
    <h2>${name(cluster)}</h2>
    <h3>Is the watchdog running?</h3>
    <p class="${isOld || !head.complete ? 'bad' : 'good'}">
      ${isOld ? 'No: the newest snapshot is too old. It' : 'Yes: the newest snapshot'} is of ${age},
      ${head.complete ? 'complete' : `not complete (${count(head.problems.length, 'problem')})`}, with ${exact}.
    </p>
    <details ${head.complete ? '' : 'open'}>
      <summary>What the snapshot saw</summary><pre>${aboutSnapshot(head)}</pre>
    </details>
    <h3>What is lost?</h3>
    ${lost.length === 0 ? html`<p>Nothing.</p>` : lostTable(cluster, lost, now)}
    <h3>What is due within 72 hours?</h3>
    ${due.length === 0 ? html`<p>Nothing.</p>` : dueTable(cluster, due, now)}
  </section>`
}

const nearestOf = ({ deadline, recordsDeadline }: GroupOverview): number =>
  Math.min(deadline ?? Infinity, recordsDeadline ?? Infinity)

/** The nearer of the two levels. */
const levelOf = ({ level, recordsLevel }: GroupOverview): string =>
  levels.findLast(known => known === level || known === recordsLevel) ?? '–'

const ownerOf = ({ owner }: GroupOverview): Html => html`${owner === null ? '–' : name(owner)}`

const lostTable = (cluster: string, groups: readonly GroupOverview[], now: number) =>
  limited(`Lost offsets of ${cluster}`, ['Group', 'Owner', 'Partitions', 'Found (UTC)'], groups, group => [
    groupLink(cluster, group.group),
    ownerOf(group),
    html`${group.openLosses}`,
    html`${group.lostBy === null ? '' : date(Math.min(group.lostBy, now), now)}`,
  ])

const dueTable = (cluster: string, groups: readonly GroupOverview[], now: number) =>
  limited(
    `Groups of ${cluster} that are due`,
    ['Group', 'Owner', 'Level', 'Offsets expire in', 'Unread records are deleted in'],
    groups,
    group => [
      groupLink(cluster, group.group),
      ownerOf(group),
      html`${levelOf(group)}`,
      html`${timeLeft(group.deadline, now)}`,
      html`${timeLeft(group.recordsDeadline, now)}`,
    ],
  )

export function timeLeft(deadline: number | null, now: number): string {
  if (deadline === null) return '–'
  return deadline <= now ? 'any moment' : span(deadline - now)
}

function limited(
  label: string,
  headings: string[],
  groups: readonly GroupOverview[],
  rowOf: (group: GroupOverview) => Html[],
): Html {
  const more = groups.length - MOST_ROWS
  return html`${table(label, headings, groups.slice(0, MOST_ROWS).map(rowOf))}
    ${more > 0 ? html`<p>And ${count(more, 'more group')}: filter by owner or id.</p>` : ''}`
}
