import { describe, expect, test } from '@jest/globals'
import { type AlertState, emptyAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { type DueMessage, diff, withPosting } from '../../../functions/core/alerts/message.ts'
import { weekMessages, withWeek } from '../../../functions/core/alerts/week.ts'
import { DAY, HOUR, MINUTE, monday } from '../readings.ts'

const digestAt = 8 * HOUR
const facts = () => ({ groups: 3, ignored: 1, nearest: null })

/** A watch of new snapshots at times after Monday 08:00, complete or not. */
function watcher(state: AlertState = emptyAlertState('prod')) {
  return {
    see(time: number, complete = true): DueMessage[] {
      const now = monday + time
      state = withWeek(state, { complete }, { now, digestAt, isNew: true })
      return diff(weekMessages(state, facts, { now, takenAt: now }), state, { now })
    },
    posted(due: DueMessage, time: number): void {
      const location = { channel: 'C1', ts: '1' }
      state = withPosting(state, due, {
        status: 'posted',
        since: monday + time,
        hash: due.message.hash,
        ...location,
      })
    },
  }
}

describe('the weekly line that says that the watchdog is looking', () => {
  test('is due each Monday from the time of the digest on, and posted once', () => {
    const watch = watcher()
    expect(watch.see(0)).toEqual([])
    expect(watch.see(3 * DAY, false)).toEqual([])
    expect(watch.see(7 * DAY - 1)).toEqual([])

    const [line, ...others] = watch.see(7 * DAY)
    expect(others).toEqual([])
    expect(line).toMatchObject({
      message: { route: null, notice: { ...facts(), snapshots: 4, complete: 3 } },
    })
    expect(watch.see(7 * DAY + HOUR)).toHaveLength(1)
    if (line) watch.posted(line, 7 * DAY)
    expect(watch.see(8 * DAY)).toEqual([])
    expect(watch.see(14 * DAY)).toMatchObject([{ message: { notice: { snapshots: 3, complete: 3 } } }])
  })

  test('is not posted a second time by a machine whose clock is slightly behind', () => {
    const watch = watcher()
    watch.see(0)
    const [line] = watch.see(7 * DAY)
    if (line) watch.posted(line, 7 * DAY)
    expect([-MINUTE, 0, MINUTE].flatMap(later => watch.see(7 * DAY + later))).toEqual([])
  })

  test('is due again a week after a clock that was years ahead is corrected', () => {
    const watch = watcher()
    watch.see(0)
    const [line] = watch.see(700 * DAY)
    if (line) watch.posted(line, 700 * DAY)
    const lines = [0, 7, 8, 14].map(day => {
      const due = watch.see(day * DAY)
      for (const each of due) watch.posted(each, day * DAY)
      return due.map(({ message: { notice } }) => notice)
    })
    expect(lines).toMatchObject([[], [{ snapshots: 2 }], [], [{ snapshots: 2 }]])
  })

  test.each(['silent', 'unusable'] as const)('is not posted while the watchdog cannot look: %s', kind => {
    const trouble = { kind, since: 0, over: null, details: [] }
    const watch = watcher({ ...emptyAlertState('prod'), troubles: [trouble] })
    watch.see(0)
    expect(watch.see(7 * DAY)).toEqual([])
  })
})
