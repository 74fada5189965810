import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import { ignoreIncident, unignoreIncident } from '../../functions/jobs/ignore-incident.ts'
import type { ActionStore } from '../../functions/jobs/ports.ts'
import { recordActions } from '../../functions/jobs/record-actions.ts'
import { withSlackIgnores } from '../../functions/jobs/slack-ignores.ts'
import { unignore } from '../../functions/jobs/unignore.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { ignoreStore } from '../../functions/store/ignores.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { DAY, dead, HOUR, monday, simple } from '../core/readings.ts'
import { cluster, kari } from './parts.ts'
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

const ola = { id: 'U2', name: '<!here> `ola`', team: 'T1' }
const ignores = () => ignoreStore(folderStore(store.folder))
const actions = () => actionStore(folderStore(store.folder))
const isDown = async () => {
  throw new Failure('the store is down.')
}

/** Arguments of an action on the newest incident. */
async function onIncident(time: number, record?: ActionStore['record']) {
  const found = await store.alerts.read(cluster.name)
  return {
    cluster,
    incident: found?.state.incidents.at(-1)?.id ?? '',
    by: ola,
    snapshots: store.snapshots,
    alerts: store.alerts,
    actions: record ? { record } : actions(),
    ignores: ignores(),
    notifier: notifier(),
    interval: 30 * DAY,
    now: () => monday + time,
  }
}

const rule = { pattern: undefined, reason: '*migration* <@U1>', until: monday + week + 10 * DAY }
const ignore = async (time: number, changes: object = {}, record?: ActionStore['record']) =>
  ignoreIncident({ ...(await onIncident(time, record)), ...rule, ...changes })

/** A watch that applies the rules from Slack. */
const look = async (time: number) =>
  watchAt(time, { cluster: await withSlackIgnores(cluster, ignores(), monday + time) })

const audited = async () =>
  (await actions().since(cluster.name, 0)).map(({ action, outcome }) => `${action} ${outcome}`)

test('a rule closes the incident at once, shows its user and reason as text, and the next watch changes nothing', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  expect(await ignore(week - 71 * HOUR)).toMatchObject({ outcome: 'done', failures: [] })
  const [parent] = slack.messages
  expect(parent?.text).toMatch(/is ignored until <!date.* by `&lt;!here&gt; ˋolaˋ`, except for losses/)
  expect(parent?.text).toContain('`*migration* &lt;@U1&gt;`')
  expect(slack.messages.at(-1)).toMatchObject({ thread: parent?.ts, text: parent?.text })

  expect(await look(week - 70 * HOUR)).toMatchObject({ posted: 0, edited: 0 })
  await look(week - 6 * HOUR)
  expect(slack.messages.some(({ text }) => text.includes('<!here>'))).toBe(false)
  expect(await incidents()).toEqual(['deadline closed: ignored'])
})

test('the loss of an ignored group is posted, and its row is kept as long as others', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await ignore(week - 71 * HOUR)
  await read(week, { app: dead('simple', 'orders-0') })
  await look(week)
  await look(week + HOUR)
  expect(slack.messages.filter(({ text }) => text.includes('has lost 1 committed offset'))).toHaveLength(1)
  await read(week + 80 * DAY, { app: dead('simple', 'orders-0') })
  const { commits } = await store.newest()
  expect([...commits].map(({ group, gone }) => [group, gone !== null])).toEqual([['app', true]])
})

test('a deadline whose offsets are lost stays closed when its rule ends', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await ignore(week - 71 * HOUR)
  const job = await onIncident(week + HOUR)
  await read(week, { app: dead('simple', 'orders-0') })
  await look(week)
  expect((await unignoreIncident(job)).outcome).toBe('done')
  expect(slack.messages[0]?.text).toContain('Closed: `app` on `prod` has lost its offsets')
  expect(await incidents()).toEqual(['deadline closed: lost', 'loss'])
  expect(await look(week + HOUR)).toMatchObject({ edited: 0, openIncidents: 1 })
})

test('a reset of the alert state keeps the rules', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await ignore(week - 71 * HOUR)
  await rm(join(store.folder, 'alerts'), { recursive: true })
  const told = slack.messages.length
  await look(week - 6 * HOUR)
  expect(slack.messages).toHaveLength(told)
})

test('an incident opens again when its rule ends', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await ignore(week - 71 * HOUR)
  const { outcome } = await unignoreIncident(await onIncident(week - 70 * HOUR))
  expect(outcome).toBe('done')
  expect(await incidents()).toEqual(['deadline'])
  expect(slack.messages[0]?.text).toContain('may lose 1 committed offset')
  expect(await ignores().active(cluster.name, monday)).toEqual([])
  expect(await look(week - 70 * HOUR)).toMatchObject({ posted: 0, edited: 0, openIncidents: 1 })
  expect((await unignoreIncident(await onIncident(week - 69 * HOUR))).outcome).toBe('none')
  expect(await audited()).toEqual(['ignore done', 'unignore done', 'unignore none'])
})

test('unignore at a terminal ends the rules of a pattern, and the next watch reopens the incident', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await ignore(week - 71 * HOUR, { pattern: 'a*' })
  const job = {
    alerts: store.alerts,
    actions: actions(),
    ignores: ignores(),
    by: kari,
    now: monday + week - 70 * HOUR,
  }
  await expect(unignore(job, ['prod'], 'app')).rejects.toThrow(
    'no rule from Slack has the pattern "app" in prod: `ignore` lists them.',
  )
  expect(await unignore(job, ['prod'], 'a*')).toMatchObject([{ cluster: 'prod', rule: { by: ola } }])
  expect(await look(week - 70 * HOUR)).toMatchObject({ edited: 1, openIncidents: 1 })
})

test('two users at once make one rule', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  const outcomes = await Promise.all([ignore(week - 71 * HOUR), ignore(week - 71 * HOUR, { by: kari })])
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'none'])
  expect(await ignores().active(cluster.name, monday)).toHaveLength(1)
})

test('a pattern closes the deadlines of all its groups', async () => {
  await quietGroup('app', 'apple', 'other')
  await look(week - 72 * HOUR)
  const found = await store.alerts.read(cluster.name)
  const app = found?.state.incidents.find(({ group }) => group === 'app')
  await ignore(week - 71 * HOUR, { incident: app?.id, pattern: 'app*' })
  await look(week - 71 * HOUR)
  expect(slack.messages.filter(({ thread }) => thread === undefined).map(({ text }) => text)).toEqual([
    expect.stringContaining('`app` on `prod` is ignored'),
    expect.stringContaining('`apple` on `prod` is ignored'),
    expect.stringContaining('`other` on `prod` may lose'),
  ])
})

/** Reads two commits of `app`. Only the second reading proves that the deadline is a new one. */
async function committed() {
  for (const [i, offset] of [9n, 10n].entries())
    await read(week - (71 - i / 2) * HOUR, { app: simple({ 'orders-0': offset }) })
}

test.each([
  ['that is closed', 'closed', committed],
  [
    'that is not in the alert state',
    'forgotten',
    () => rm(join(store.folder, 'alerts'), { recursive: true }),
  ],
])('an incident %s gets no rule, and the attempt is recorded', async (_, outcome, cause) => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  const job = await onIncident(week - 70 * HOUR)
  await cause()
  await look(week - 70 * HOUR)
  expect(await ignoreIncident({ ...job, ...rule })).toMatchObject({ outcome })
  expect(await ignores().active(cluster.name, monday)).toEqual([])
  expect(await audited()).toEqual([`ignore ${outcome}`])
})

test('a click fails if it cannot be recorded, and the next run records it once', async () => {
  await quietGroup('app')
  await look(week - 72 * HOUR)
  await expect(ignore(week - 71 * HOUR, {}, isDown)).rejects.toThrow('the store is down.')
  expect(slack.messages[0]?.text).toContain('is ignored until')
  expect(await audited()).toEqual([])
  await recordActions(store.alerts, actions(), cluster.name)
  await recordActions(store.alerts, actions(), cluster.name)
  expect(await audited()).toEqual(['ignore done'])
  const [action] = await actions().since(cluster.name, 0)
  const after = { pattern: 'app', until: rule.until }
  expect(action).toMatchObject({ by: ola, group: 'app', reason: rule.reason, before: null, after })
})
