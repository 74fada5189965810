import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import * as v from 'valibot'
import type { WatchdogEvent } from '../../functions/contracts/events/event.ts'
import { parsePublished } from '../../functions/contracts/events/published.ts'
import { incidentKeys, selfCheckKey, summaryKey, unknownAgeKey } from '../../functions/core/alerts/keys.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { assessGroup } from '../../functions/core/policy.ts'
import { publishIncidents } from '../../functions/jobs/publish-incidents.ts'
import { type WatchResult, watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { publishedKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { clockSkew, HOUR, MINUTE } from '../core/readings.ts'
import { type FakeSlack, type StoredMessage, startSlack } from '../slack/server.ts'
import { parseAlertState as parseByVersion010 } from './fixtures/0.1.0/alert-state.ts'
import { readingAt, settings, timeOf } from './fixtures/0.1.0/cluster.ts'
import { aStore } from './parts.ts'

// The first runs of this version, with the store and the Slack channels that version 0.1.0 left.

const fixture = join(import.meta.dirname, 'fixtures', '0.1.0')

/** Time of version 0.1.0's last snapshot, ms since the epoch. */
const last = timeOf(162.5)

let clock: number
let store: Awaited<ReturnType<typeof aStore>>
let slack: FakeSlack

beforeEach(async () => {
  clock = last + 15 * MINUTE
  ;[store, slack] = await Promise.all([
    aStore(() => clock),
    startSlack({ channels: { '#kafka': true, '#team': true }, now: () => clock }),
  ])
  for (const kind of ['manifests', 'snapshots', 'alerts']) {
    await cp(join(fixture, kind), join(store.folder, kind), { recursive: true })
  }
  const messages: Omit<StoredMessage, 'attachments' | 'edits'>[] = JSON.parse(
    await readFile(join(fixture, 'slack.json'), 'utf8'),
  )
  slack.messages.push(
    ...messages.map((message): StoredMessage => {
      return { ...message, attachments: [{ color: '', fallback: '', blocks: [] }], edits: [] }
    }),
  )
})
afterEach(() => Promise.all([store.remove(), slack.stop()]))

function look(): Promise<WatchResult> {
  const address = { token: slack.token, channel: '#kafka', mention: '<!here>', apiUrl: slack.url }
  return watch({
    cluster: settings,
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: slackNotifier(slackChannel(address, { timeout: 60_000, pause: 0 }), {
      ...address,
      docs: undefined,
    }),
    interval: 15 * MINUTE,
    digestAt: 8 * HOUR,
    now: () => clock,
  })
}

/** The ts of every message about an open incident, summary or trouble. */
async function openMessages(): Promise<(string | null | undefined)[]> {
  const found = await store.alerts.read(settings.name)
  if (found === undefined) throw new Error('there is no alert state')
  const { incidents, summaries, troubles, messages } = found.state
  const open = incidents.filter(({ closed }) => closed === null).map(({ id }) => incidentKeys(id).parent)
  const begun = troubles.filter(({ over }) => over === null).map(each => selfCheckKey(each, 'parent'))
  const keys = [...open, ...summaries.map(({ id }) => summaryKey(id)), ...begun, unknownAgeKey]
  return keys.map(key => messages[key]?.ts)
}

const rawEntry = v.looseObject({})
const rawAlertState = v.pipe(
  v.looseObject({ incidents: v.array(rawEntry), messages: v.record(v.string(), rawEntry) }),
  v.transform(state => ({ state, incidents: state.incidents, messages: state.messages })),
)

const callsOf = (method: string) => slack.calls.filter(call => call.method === method)

test.each([
  ['with the last snapshot of version 0.1.0', false],
  ['with a new snapshot by this version', true],
])('the first runs of watch post nothing, and edit only open messages: %s', async (_, isOwn) => {
  const posted = slack.messages.length
  if (isOwn) await store.take(readingAt(162.7), { policy: settings.policy })
  // A run of version 0.1.0 died after its post: the first run finds that message, and the second one edits it.
  for (let run = 0; run < 3; run++) {
    await look()
    clock += MINUTE
  }
  expect(slack.calls.filter(({ method }) => /post|upload/i.test(method))).toEqual([])
  expect(slack.messages).toHaveLength(posted)
  const open = await openMessages()
  expect(callsOf('chat.update').filter(({ args }) => !open.includes(args.ts))).toEqual([])

  const edits = callsOf('chat.update').length
  expect(edits).toBeGreaterThan(0)
  await look()
  expect(callsOf('chat.update')).toHaveLength(edits)
})

test.each([
  ['an open deadline', 'incident/4c4dc579/parent', '1795960836.000026'],
  ['a deadline at the last level', 'incident/ee5a7914/parent', '1795780836.000004'],
  ['the last call for a deadline', 'incident/ee5a7914/last-call', '1796004072.000037'],
  ['a reply to a crossing', 'incident/ee5a7914/reply/second', '1795942836.000015'],
  ['an acknowledged deadline', 'incident/4e36afae/parent', '1795978836.000028'],
  [
    'an acknowledgement that its deadline’s message shows',
    'incident/4e36afae/reply/acknowledged',
    '1795978836.000028',
  ],
  ['a deadline that ended in a loss', 'incident/54c958ff/parent', '1795780836.000006'],
  ['the reply that a deadline ended in a loss', 'incident/54c958ff/reply/closed', '1795996836.000031'],
  ['a loss', 'incident/6169b3b7/parent', '1795996836.000033'],
  ['the offsets of a loss', 'incident/6169b3b7/reply/offsets', '1795996836.000033'],
  ['a reset', 'incident/d00f8096/reply/reset', '1795978836.000030'],
  ['a summary', 'summary/877dac30', '1795854636.000010'],
  ['groups of unknown age', 'summary/unknown-age', '1795420836.000002'],
  ['a digest', 'digest/2026-11-29T08:00:00.000Z/', '1795942836.000019'],
  ['the self-check', 'self-check/2026-11-30T02:30:36.000Z/incomplete/parent', '1796005836.000038'],
])('the message of %s stays where version 0.1.0 posted it', async (_, key, ts) => {
  expect(slack.messages.map(message => message.ts)).toContain(ts)
  const before = await store.alerts.read(settings.name)
  expect(before?.state.messages[key]).toMatchObject({ status: 'posted', ts })
  await look()
  const after = await store.alerts.read(settings.name)
  expect(after?.state.messages[key]).toMatchObject({ status: 'posted', ts })
})

test('a message whose run died before it saved the location is found', async () => {
  const key = 'incident/4c9f6497/parent'
  const before = await store.alerts.read(settings.name)
  expect(before?.state.messages[key]).toMatchObject({ status: 'posting', ts: null })
  await look()
  const posted = slack.messages.find(({ text }) => text.includes('`found-by-the-next-run`'))
  const after = await store.alerts.read(settings.name)
  expect(after?.state.messages[key]).toMatchObject({ status: 'posted', ts: posted?.ts })
})

test('version 0.1.0 refuses the alert state of this version, but reads its own', async () => {
  const objects = folderStore(store.folder)
  const old = alertStore(objects, parseByVersion010)
  await expect(old.read(settings.name)).resolves.toMatchObject({ state: { schemaVersion: 1 } })
  await look()
  await expect(old.read(settings.name)).rejects.toThrow('cannot use the alert state of cluster "prod"')
})

test('a watch keeps everything that a later version has added to the alert state', async () => {
  await look()
  const raw = alertStore(folderStore(store.folder), json => json)
  const { state, messages, incidents } = await rawState()
  const fields = { ofLater: { since: 1 } }
  const ofLaterKind = { id: 'f0', kind: 'of-later', group: 'lost', ...fields }
  const laterMessages = Object.fromEntries(
    ['of-later/1', 'incident/f0/parent', 'incident/6169b3b7/reply/of-later'].map(key => [
      key,
      { status: 'posted', since: 1, hash: 'f', channel: 'C01KAFKA', ts: '1.000001', ...fields },
    ]),
  )
  const later = {
    ...state,
    ...fields,
    incidents: [...incidents.map(each => ({ ...each, ...fields })), ofLaterKind],
    messages: { ...messages, ...laterMessages },
  }
  await raw.write(settings.name, later, (await raw.read(settings.name))?.version)
  clock += 10 * MINUTE
  await store.take(readingAt(162.8), { policy: settings.policy })
  await look()

  const after = await rawState()
  expect(after.state.watched).toBe(timeOf(162.8))
  expect(after.state).toMatchObject({ ...fields, laterKinds: { incidents: [ofLaterKind] } })
  expect(after.incidents).toHaveLength(incidents.length)
  for (const incident of after.incidents) expect(incident).toMatchObject(fields)
  expect(after.messages).toMatchObject(laterMessages)

  async function rawState() {
    const found = await raw.read(settings.name)
    return v.parse(rawAlertState, found?.state)
  }
})

test.each([
  ['with the last snapshot of version 0.1.0', false],
  ['with a new snapshot by this version', true],
])('a stopped group that counts as in use in version 0.1.0 still does: %s', async (_, isOwn) => {
  if (isOwn) await store.take(readingAt(162.7), { policy: settings.policy })
  const snapshot = await store.snapshots.newest(settings.name)
  const context = { policy: settings.policy, clockSkew, interval: 15 * MINUTE, newsSince: 0, now: clock }
  const caseOf = (name: string) => {
    const commits = [...(snapshot?.commits ?? [])].filter(({ group }) => group === name)
    return assessGroup(commits, { ...context, retention: snapshot?.head.retention ?? [] }).map(
      each => each.case,
    )
  }
  expect(caseOf('assigning')).toEqual(['assign-while-empty'])
  expect(caseOf('stopped 🇳🇴 "x"')).toEqual(['stopped'])
  expect(caseOf('moved-back')).toEqual(['stopped'])
})

test('the first run publishes no event that version 0.1.0 has published', async () => {
  await look()
  const received: WatchdogEvent[] = []
  await publishIncidents({
    cluster: settings,
    alerts: store.alerts,
    actions: actionStore(folderStore(store.folder)),
    published: alertStore(folderStore(store.folder), parsePublished, publishedKey),
    snapshots: store.snapshots,
    events: {
      publish: async events => {
        received.push(...events)
        return []
      },
    },
    interval: HOUR,
    now: clock,
  })
  // Version 0.1.0 published neither acknowledgements nor the watchdog's troubles.
  const added = ['Incident Acknowledged', 'Watchdog Trouble']
  expect(received.filter(({ type }) => !added.includes(type))).toEqual([])
})

test('the snapshots of version 0.1.0 stay readable', async () => {
  const hours = [161.5, 162, 162.5]
  const heads = await Array.fromAsync(store.snapshots.heads(settings.name, 0, clock))
  expect(heads.map(({ takenAt }) => takenAt)).toEqual(hours.map(timeOf))
  for (const hour of hours) {
    const snapshot = await store.snapshots.at(settings.name, timeOf(hour))
    const { problems } = readingAt(hour)
    expect(snapshot?.head).toMatchObject({ takenAt: timeOf(hour), mode: 'exact', complete: false, problems })
    expect([...(snapshot?.commits ?? [])].map(inShort)).toEqual(rows)
  }
})

const inShort = ({ group, rule, evidence, offset, gone, previousCommit: before }: Commit): string => {
  const vanished = [gone && `gone: ${gone.reason}`, before && `before: ${before.offset} ${before.reason}`]
  return [group, rule, evidence, offset, ...vanished].filter(Boolean).join(' ')
}

const rows = [
  'assigning classic-empty observed 51',
  'at-first simple observed 51',
  'at-last simple observed 51',
  'at-last simple observed 52',
  'at-second simple observed 51',
  'at-work-again simple observed 52',
  'beyond-its-log consumer-guarded unknown 150',
  'empty-consumer consumer-empty observed 51',
  'exact simple exact 51',
  'found-by-the-next-run simple observed 51',
  'guarded classic-guarded observed 40',
  'ignored-tool simple observed 51',
  'left-its-topic consumer-unsubscribed observed 51',
  'lost simple observed 51 gone: unknown',
  ...Array.from({ length: 12 }, (_, i) => `many-${String(i + 1).padStart(2, '0')} simple observed 51`),
  'moved-back classic-empty observed 30 before: 80 moved-back',
  'of-a-deleted-topic simple unknown 9 gone: topic-deleted',
  'of-unknown-age simple unknown 50',
  'protected consumer-guarded unknown 66',
  'recovered simple observed 51 before: 51 unknown',
  'rewound simple observed 20 before: 51 unknown',
  'secret-metadata simple observed 51',
  'seen-by-a-person simple observed 51',
  'stopped 🇳🇴 "x" classic-empty observed 60',
  'stopped-and-lost classic-empty observed 60 gone: unknown',
  'streaming streams-guarded observed 40',
  'team-payments simple observed 51',
  'transactional pending unknown 8',
]
