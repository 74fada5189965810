import { describe, expect, test } from '@jest/globals'
import { emptyAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { diff, withPosting } from '../../../functions/core/alerts/message.ts'
import { troubleMessages, withSelfCheck } from '../../../functions/core/alerts/self-check.ts'
import type { Problem } from '../../../functions/core/model/commit.ts'
import type { Mode, SnapshotHead } from '../../../functions/core/snapshot.ts'
import { aHead } from '../../slack/messages/heads.ts'
import { HOUR, MINUTE, monday } from '../readings.ts'

const interval = 15 * MINUTE
const clockSkew = MINUTE
const pulse = { interval, isStale: false }
const problem = (code: Problem['code'], message = 'it may not'): Problem => ({
  scope: { broker: 1 },
  code,
  message,
})

/** Watches the newest snapshot at a time. Slack accepts every message. */
function watcher() {
  let state = emptyAlertState('prod')
  let sent = 0
  return (time: number, head: SnapshotHead | undefined, unusable: string[] = []): string[] => {
    const now = monday + time
    state = { ...withSelfCheck(state, head, { ...pulse, now, unusable }), watched: head?.takenAt ?? null }
    const told: string[] = []
    for (;;) {
      const desired = troubleMessages(state, { now, takenAt: head?.takenAt ?? null, interval })
      const [due] = diff(desired, state, { now })
      if (due === undefined) return told
      const { edits, message } = due
      const { hash, reply, notice } = message
      const says = notice.type === 'trouble' && notice.trouble.over !== null ? 'over' : 'began'
      const what = notice.type === 'trouble' ? `${notice.trouble.kind} ${says}` : notice.type
      told.push([edits ? 'edit' : reply === 'broadcast' ? 'broadcast' : 'post', what].join(' '))
      const location = edits ?? { channel: 'C1', ts: String(++sent) }
      state = withPosting(state, due, { status: 'posted', since: now, hash, ...location })
    }
  }
}

const at = (time: number, changes: Partial<SnapshotHead> = {}) =>
  aHead({ takenAt: monday + time, ...changes })

describe('the lack of a snapshot', () => {
  test('is reported once after two intervals, and once when it is over', () => {
    const watch = watcher()
    expect(watch(0, at(0))).toEqual([])
    expect(watch(2 * interval, at(0))).toEqual([])
    expect(watch(2 * interval + 1, at(0))).toEqual(['post silent began'])
    expect(watch(HOUR, at(0))).toEqual([])
    expect(watch(2 * HOUR, at(2 * HOUR))).toEqual(['edit silent over', 'broadcast silent over'])
    expect(watch(2 * HOUR + MINUTE, at(2 * HOUR))).toEqual([])
    expect(watch(3 * HOUR, at(2 * HOUR))).toEqual(['post silent began'])
  })

  test('is counted from the first watch if there never was a snapshot', () => {
    const watch = watcher()
    expect(watch(0, undefined)).toEqual([])
    expect(watch(2 * interval + 1, undefined)).toEqual(['post silent began'])
    expect(watch(HOUR, at(HOUR))).toEqual(['edit silent over', 'broadcast silent over'])
  })
})

test('a trouble that comes back while Slack is out of reach is a new one, and the end of the first is posted', () => {
  let state = withSelfCheck(emptyAlertState('prod'), undefined, { ...pulse, now: monday, unusable: ['one'] })
  const keys = () =>
    troubleMessages(state, { now: monday, takenAt: null, interval }).map(({ key, notice }) =>
      [key.split('/').slice(2).join(' '), notice.type === 'trouble' && notice.trouble.over !== null].join(
        ' ',
      ),
    )
  const [parent] = troubleMessages(state, { now: monday, takenAt: null, interval })
  const posted = { status: 'posted', since: monday, hash: '', channel: 'C1', ts: '1' } as const
  state = { ...state, messages: { [parent?.key ?? '']: posted } }
  for (const [minute, unusable] of [[], ['two']].entries())
    state = withSelfCheck(state, undefined, { ...pulse, now: monday + minute + 1, unusable })
  expect(keys()).toEqual(['unusable parent true', 'unusable reply closed true', 'unusable parent false'])
})

test.each([
  ['the skew counts', -clockSkew, []],
  ['more than the skew counts as none', -clockSkew - 1, ['post silent began']],
])('a snapshot that is later than the clock by %s', (_, age, told) => {
  expect(watcher()(0, at(-age))).toEqual(told)
})

test('an unusable newest snapshot is reported once, and once when it can be used again', () => {
  const watch = watcher()
  expect(watch(0, at(0), [])).toEqual([])
  expect(watch(MINUTE, at(0), ['it is skipped'])).toEqual(['post unusable began'])
  expect(watch(2 * MINUTE, at(0), ['it is skipped'])).toEqual([])
  expect(watch(3 * MINUTE, at(3 * MINUTE), [])).toEqual(['edit unusable over', 'broadcast unusable over'])
})

describe('an incomplete snapshot', () => {
  const incomplete = (time: number) => at(time, { complete: false, problems: [problem('unreachable')] })

  test('is reported after three in a row, counting snapshots and not watches', () => {
    const watch = watcher()
    expect(watch(0, incomplete(0))).toEqual([])
    expect(watch(MINUTE, incomplete(0))).toEqual([])
    expect(watch(2 * MINUTE, incomplete(0))).toEqual([])
    expect(watch(15 * MINUTE, incomplete(15 * MINUTE))).toEqual([])
    expect(watch(30 * MINUTE, incomplete(30 * MINUTE))).toEqual(['post incomplete began'])
    expect(watch(45 * MINUTE, incomplete(45 * MINUTE))).toEqual([])
    expect(watch(HOUR, at(HOUR))).toEqual(['edit incomplete over', 'broadcast incomplete over'])
  })

  test('is not reported if it happens now and then, as when brokers restart', () => {
    const watch = watcher()
    const told = Array.from({ length: 9 }, (_, i) =>
      watch(i * interval, i % 3 === 2 ? at(i * interval) : incomplete(i * interval)),
    )
    expect(told.flat()).toEqual([])
  })
})

describe('rights', () => {
  const lacking = (time: number) => at(time, { problems: [problem('not-authorized')] })
  const readingBy = (mode: Mode) => (time: number) => at(time, { mode })

  test('are not reported as lost if the watchdog never had them', () => {
    const watch = watcher()
    expect([0, 1, 2].flatMap(i => watch(i * MINUTE, lacking(i * MINUTE)))).toEqual([])
  })

  test.each([
    ['to see groups', at, lacking],
    ['to read the offsets log', readingBy('exact'), readingBy('observed')],
  ])('%s are reported once when they are lost, and once when they are back', (_, complete, lacks) => {
    const watch = watcher()
    expect(watch(0, complete(0))).toEqual([])
    expect(watch(MINUTE, lacks(MINUTE))).toEqual(['post rights-lost began'])
    expect(watch(2 * MINUTE, lacks(2 * MINUTE))).toEqual([])
    expect(watch(3 * MINUTE, complete(3 * MINUTE))).toEqual([
      'edit rights-lost over',
      'broadcast rights-lost over',
    ])
  })
})
