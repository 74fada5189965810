import { html } from 'hono/html'
import type { HistoryEvent } from '../../core/recovery/group-history.ts'
import type { History } from '../../jobs/look-back.ts'
import { date, name } from '../views/format.ts'
import type { Html } from './layout.ts'

const [WIDTH, HEIGHT, MARGIN] = [720, 120, 6]

/** At most this number of plots on a page. Partitions with losses come first. */
const MOST_PLOTS = 12

interface Point {
  at: number
  offset: bigint | null
  logEnd: bigint | null
}

/** One plot for each partition: committed offset, end of its log, and losses. SVG needs no script. */
export function plots({ readings, events }: History, now: number): Html {
  const partitions = new Map<string, { topic: string; partition: number; points: Point[] }>()
  for (const { finishedAt: at, rows } of readings) {
    for (const { topic, partition, offset, logEnd, gone } of rows) {
      const key = `${topic}-${partition}`
      const known = partitions.get(key) ?? { topic, partition, points: [] }
      known.points.push({ at, offset: gone ? null : offset, logEnd })
      partitions.set(key, known)
    }
  }
  const drawn = [...partitions.values()].map(partition => ({
    ...partition,
    losses: lossesOf(partition, events),
  }))
  drawn.sort((a, b) => b.losses.length - a.losses.length)
  const more = drawn.length - MOST_PLOTS
  return html`<p class="legend">
      <span class="offset">committed offset</span> <span class="end">end of the log</span> <span class="loss">lost</span>
    </p>
    ${drawn.slice(0, MOST_PLOTS).map(plotted => plot(plotted.topic, plotted.partition, plotted.points, plotted.losses, now))}
    ${more > 0 ? html`<p>The plots of ${more} more partitions are left out.</p>` : ''}`
}

type Losses = Extract<HistoryEvent, { kind: 'gone' | 'reset' }>[]

const lossesOf = (partition: { topic: string; partition: number }, events: readonly HistoryEvent[]): Losses =>
  events.filter(
    event =>
      (event.kind === 'gone' || event.kind === 'reset') &&
      event.topic === partition.topic &&
      event.partition === partition.partition,
  ) as Losses

function plot(topic: string, partition: number, points: readonly Point[], losses: Losses, now: number): Html {
  const [first, last] = [points[0]?.at ?? now, points.at(-1)?.at ?? now]
  const values = points.flatMap(({ offset, logEnd }) => [offset, logEnd].filter(value => value !== null))
  const sorted = values.toSorted((a, b) => Number(a - b))
  const [least, most] = [sorted[0] ?? 0n, sorted.at(-1) ?? 0n]
  const x = (at: number) => scaled(at - first, last - first, WIDTH)
  const y = (value: bigint) => HEIGHT - scaled(Number(value - least), Number(most - least), HEIGHT)
  const title = `${name(topic)}-${partition}`
  const lostAt = losses.map(({ by }) => date(by, now)).join(', ')
  const label = `${title} from ${date(first, now)} to ${date(last, now)} UTC: offsets ${least} to ${most}${lostAt && `; lost ${lostAt}`}`

  return html`<figure>
    <figcaption>${title}: offsets ${least} to ${most}</figcaption>
    <svg viewBox="${-MARGIN} ${-MARGIN} ${WIDTH + 2 * MARGIN} ${HEIGHT + 2 * MARGIN}" role="img" aria-label="${label}">
      <path class="end" d="${steps(points, ({ logEnd }) => logEnd, x, y)}"></path>
      <path class="offset" d="${steps(points, ({ offset }) => offset, x, y)}"></path>
      ${losses.map(
        ({ by }) => html`<line class="loss" x1="${x(by)}" x2="${x(by)}" y1="0" y2="${HEIGHT}"></line>`,
      )}
    </svg>
  </figure>`
}

/** A single point, or equal values, are drawn in the middle. */
const scaled = (value: number, range: number, length: number): number =>
  range > 0 ? Math.round((value / range) * length * 10) / 10 : length / 2

/** A value lasts until the next one. The line breaks if there is no value. */
function steps(
  points: readonly Point[],
  read: (point: Point) => bigint | null,
  x: (at: number) => number,
  y: (value: bigint) => number,
): string {
  let path = ''
  let isDrawing = false
  for (const point of points) {
    const value = read(point)
    if (value === null) isDrawing = false
    else {
      path += isDrawing ? `H${x(point.at)}V${y(value)}` : `M${x(point.at)} ${y(value)}h.1`
      isDrawing = true
    }
  }
  return path
}
