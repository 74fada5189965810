import { createHash } from 'node:crypto'
import { iso } from '../time.ts'

/**
 * Each message has a key, the same in every run: a path whose first two parts name the message's owner. Times are ms
 * since the epoch. Keys are stored, so they must not change.
 */

/** Keys of the messages of one incident. Replies are in the thread of `parent`. */
export const incidentKeys = (id: string) => ({
  parent: `incident/${id}/parent`,
  lastCall: `incident/${id}/last-call`,
  reply: (reply: string) => `incident/${id}/reply/${reply}`,
})

export const summaryKey = (id: string): string => `summary/${id}`

export const unknownAgeKey = summaryKey('unknown-age')

/** @param channel null for the default channel */
export const digestKey = ({ of, channel }: { of: number; channel: string | null }): string =>
  `digest/${iso(of)}/${channel ?? ''}`

export const selfCheckKey = (
  { since, kind }: { since: number; kind: string },
  part: 'parent' | 'reply/closed',
): string => `self-check/${iso(since)}/${kind}/${part}`

/** Key of the message at the end of a silence. */
export const silenceKey = (id: string): string => `silence/${id}`

export const weekKey = (monday: number): string => `week/${iso(monday)}`

/** The key of a digest or a weekly line: its kind and, after its day, the channel. */
const recurring = /^(digest|week)\/[^/]*(.*)$/

/** Number of digests for each channel, and of weekly lines, that are remembered: more than the weeks of a year. */
const REMEMBERED = 60

/**
 * A clock that is set back repeats days. So the messages of past days stay known, as long as they are among the last
 * ones of their channel.
 * @param keys in the order of posting, which does not depend on a clock
 * @returns the keys to forget
 */
export function oldRecurring(keys: readonly string[]): string[] {
  const series = Map.groupBy(
    keys.filter(key => recurring.test(key)),
    key => key.replace(recurring, '$1$2'),
  )
  return [...series.values()].flatMap(ofSeries => ofSeries.slice(0, -REMEMBERED))
}

/** The owner of a message. When the state forgets the owner, it also forgets the message. */
export const ownerOf = (key: string): string => key.split('/', 2).join('/')

/** A short hash of a message's content. The message is edited when the hash changes. */
export const contentHash = (content: string): string => sha256(content).slice(0, 16)

/** A short id; equal values give an equal id. */
export const shortId = (...values: readonly (string | number)[]): string =>
  sha256(JSON.stringify(values)).slice(0, 12)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
