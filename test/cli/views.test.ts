import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import { lookupCsv, lookupView } from '../../functions/cli/lookup-view.ts'
import { statusView } from '../../functions/cli/status-view.ts'
import { CommitTable } from '../../functions/core/commit-table.ts'
import { lookUp } from '../../functions/jobs/look-up.ts'
import { now, status } from '../jobs/status-of-sample.ts'
import { minute, sample } from './sample.ts'

/** Views as they should be, to be read by people: test/cli/views/. */
const expected = (view: string) =>
  readFileSync(new URL(`views/${view}.txt`, import.meta.url), 'utf8').trimEnd()

/** Without colours, which a developer's terminal has. */
const shown = stripVTControlCharacters

const context = { now, clockSkew: minute }

test('status: by the nearest deadline, then what was lost, then what it rests on', () => {
  expect(shown(statusView(status(), context, false))).toBe(expected('status'))
})

test('status --ignored: which, why and until when', () => {
  expect(shown(statusView(status({ ignored: true }), context, true))).toBe(expected('status-ignored'))
})

test('status of a snapshot with gaps', () => {
  const message = 'broker 3 (kafka-3:9093) refuses the connection.\u001b[2J'
  const problems = Array.from({ length: 12 }, () => ({
    scope: { broker: 3 },
    code: 'unreachable' as const,
    message,
  }))
  const retention = [
    { broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' as const },
    { broker: 2, retention: 604_800_000, sweep: 600_000, source: 'broker' as const },
    { broker: 3, retention: null, sweep: 600_000, source: 'settings' as const },
  ]
  const snapshot = sample(now, { complete: false, problems, retention })
  expect(shown(statusView(status({ level: 'last', group: 'quiet' }, snapshot), context, false))).toBe(
    expected('status-with-gaps'),
  )
})

const find = (group: string) => {
  const { head, commits } = sample(now)
  const own = CommitTable.of([...commits].filter(commit => commit.group === group))
  const snapshots = {
    at: async () => undefined,
    readGroup: async () => ({ head, commits: own }),
    async *heads() {},
  }
  return lookUp({ clusters: ['prod'], group, topic: undefined, at: undefined, snapshots })
}

test('lookup: a line a partition, also where it is gone', async () => {
  expect(lookupView(await find('audit'), now)).toBe(expected('lookup-gone'))
})

test('lookup of a group that was reset', async () => {
  expect(lookupView(await find('shipping'), now)).toBe(expected('lookup-reset'))
})

test('lookup --csv: what kafka-consumer-groups reads, without topics that are gone', async () => {
  expect(lookupCsv(await find('audit'))).toBe('team.audit,0,777\nteam.kept,0,42\n')
})
