import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { type ActOnIncident, actOnIncident } from '../../functions/jobs/act-on-incident.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { ignoreStore } from '../../functions/store/ignores.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { DAY, dead, HOUR, monday, simple } from '../core/readings.ts'
import { cluster } from './parts.ts'
import {
  incidents,
  notifier,
  quietGroup,
  read,
  slack,
  store,
  watchAt,
  week,
  withStoreAndSlack,
} from './watching.ts'

withStoreAndSlack()

const kari = { id: 'U1', name: 'kari', team: 'T1' }

/** A click on the message of the newest incident, at this time. */
async function click(time: number, action: 'acknowledge' | 'undo', changes: Partial<ActOnIncident> = {}) {
  const found = await store.alerts.read(cluster.name)
  return actOnIncident({
    cluster,
    incident: found?.state.incidents.at(-1)?.id ?? '',
    action,
    by: kari,
    snapshots: store.snapshots,
    alerts: store.alerts,
    actions: actionStore(folderStore(store.folder)),
    ignores: ignoreStore(folderStore(store.folder)),
    notifier: notifier(),
    interval: 30 * DAY,
    now: () => monday + time,
    ...changes,
  })
}

const audited = () => {
  const folder = join(store.folder, 'actions')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

test('a click acknowledges a deadline: the message names the user at once, and does not escalate', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  const [parent] = slack.messages
  expect(await click(week - 71 * HOUR, 'acknowledge')).toMatchObject({ outcome: 'done', failures: [] })
  expect(JSON.stringify(parent)).toContain('by `kari`')
  expect(slack.messages.at(-1)).toMatchObject({
    thread: parent?.ts,
    text: expect.stringContaining('Acknowledged ('),
  })

  // The next watch agrees, and posts no further level.
  expect(await watchAt(week - 70 * HOUR)).toMatchObject({ posted: 0, edited: 0 })
  await watchAt(week - 6 * HOUR)
  expect(slack.messages.some(({ text }) => text.includes('<!here>'))).toBe(false)
})

test('a click closes a loss, and Undo reopens it', async () => {
  await quietGroup('app')
  await read(week, { app: dead('simple', 'orders-0') })
  await watchAt(week)
  const loss = slack.messages.find(({ text }) => text.includes('has lost'))
  await click(week + HOUR, 'acknowledge')
  expect(await incidents()).toEqual(['loss closed: acknowledged'])
  expect(loss?.text).toContain('Closed: ')

  await click(week + 2 * HOUR, 'undo')
  expect(await incidents()).toEqual(['loss'])
  expect(loss?.text).toContain('has lost 1 committed offset')
  // The next watch agrees, and posts only the weekly line.
  await watchAt(week + 2 * HOUR)
  expect(await watchAt(week + 3 * HOUR)).toMatchObject({ posted: 0, edited: 0, openIncidents: 1 })
})

test('the thread keeps each acknowledgement and each Undo, with the user', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  const [parent] = slack.messages
  const ola = { by: { ...kari, id: 'U2', name: 'ola' } }
  await click(week - 71 * HOUR, 'acknowledge')
  await click(week - 70 * HOUR, 'undo', ola)
  await click(week - 69 * HOUR, 'acknowledge', ola)
  await click(week - 68 * HOUR, 'undo')
  await watchAt(week - 67 * HOUR)
  const thread = slack.messages.filter(({ thread }) => thread !== undefined && thread === parent?.ts)
  expect(thread.map(({ text }) => /(Acknowledged|Undone) .* by `(\w+)`/.exec(text)?.slice(1))).toEqual([
    ['Acknowledged', 'kari'],
    ['Undone', 'ola'],
    ['Acknowledged', 'ola'],
    ['Undone', 'kari'],
  ])
  await watchAt(week - 6 * HOUR)
  expect(slack.messages.at(-1)?.text).toContain('<!here>')
})

test('Undo changes nothing if the group has a newer incident', async () => {
  await quietGroup('app')
  await read(week, { app: dead('simple', 'orders-0') })
  await watchAt(week)
  const first = (await store.alerts.read(cluster.name))?.state.incidents.at(-1)?.id ?? ''
  await click(week + HOUR, 'acknowledge')
  await read(week + 2 * HOUR, { app: simple({ 'orders-0': 7n }) })
  await read(2 * week + 4 * HOUR, { app: dead('simple', 'orders-0') })
  await watchAt(2 * week + 4 * HOUR)
  expect(await incidents()).toEqual(expect.arrayContaining(['loss closed: acknowledged', 'loss']))
  expect(await click(2 * week + 5 * HOUR, 'undo', { incident: first })).toMatchObject({
    outcome: 'superseded',
    incident: { closed: { why: 'acknowledged' } },
  })
})

test('two clicks at once acknowledge once, and both answers name the same user', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  const outcomes = await Promise.all([
    click(week - 71 * HOUR, 'acknowledge'),
    click(week - 71 * HOUR, 'acknowledge', { by: { ...kari, id: 'U2', name: 'ola' } }),
  ])
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['done', 'none']))
  const [first, second] = outcomes.map(({ incident }) => incident?.acknowledgedBy)
  expect(first).toBe(second)
})

test('each click is recorded: the user, the action, and the state before and after', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  await click(week - 71 * HOUR, 'acknowledge')
  await click(week - 70 * HOUR, 'acknowledge')
  const time = new Date(monday + week - 71 * HOUR).toISOString()
  const nobody = { acknowledgedAt: null, acknowledgedBy: null, closed: null }
  const seen = { acknowledgedAt: monday + week - 71 * HOUR, acknowledgedBy: 'kari', closed: null }
  expect(audited()).toMatchObject([
    {
      schemaVersion: 1,
      at: time,
      cluster: 'prod',
      action: 'acknowledge',
      by: kari,
      group: 'app',
      outcome: 'done',
      before: nobody,
      after: seen,
    },
    { outcome: 'none', before: seen, after: seen },
  ])
})

test('a click on an incident that is not in the alert state changes nothing, and is recorded', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  expect(await click(week, 'acknowledge', { incident: 'aaaaaaaaaaaa' })).toMatchObject({
    outcome: 'forgotten',
  })
  expect(audited()).toMatchObject([{ outcome: 'forgotten', group: null, before: null }])
})

test('a click takes effect while Slack is down, and the next watch edits the message', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  slack.mishaps.push({ status: 503 }, { status: 503 })
  const { outcome, failures } = await click(week - 71 * HOUR, 'acknowledge')
  expect(outcome).toBe('done')
  expect(failures).toHaveLength(2)
  await watchAt(week - 70 * HOUR)
  expect(JSON.stringify(slack.messages[0])).toContain('by `kari`')
})
