import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { incidentKeys, selfCheckKey, summaryKey, unknownAgeKey } from '../../functions/core/alerts/keys.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { assessGroup } from '../../functions/core/policy.ts'
import type { WatchdogEvent } from '../../functions/events/event.ts'
import { parsePublished } from '../../functions/events/incident-events.ts'
import { publishIncidents } from '../../functions/jobs/publish-incidents.ts'
import { type WatchResult, watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { publishedKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { clockSkew, HOUR, MINUTE } from '../core/readings.ts'
import { type FakeSlack, type StoredMessage, startSlack } from '../slack/server.ts'
import { readingAt, settings, timeOf } from './fixtures/0.1.0/cluster.ts'
import { aStore } from './parts.ts'

// A store and the Slack channels as version 0.1.0 left them, and the first runs of this version.

const fixture = join(import.meta.dirname, 'fixtures', '0.1.0')

/** ms since the epoch: version 0.1.0 took its last snapshot then. */
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
    notifier: slackNotifier(slackChannel(address, { pause: 0 }), { ...address, docs: undefined }),
    clockSkew,
    interval: 15 * MINUTE,
    digestAt: 8 * HOUR,
    now: () => clock,
  })
}

/** Where the messages of what is still open stand. */
async function openMessages(): Promise<(string | null | undefined)[]> {
  const found = await store.alerts.read(settings.name)
  if (found === undefined) throw new Error('there is no alert state')
  const { incidents, summaries, troubles, messages } = found.state
  const open = incidents.filter(({ closed }) => closed === null).map(({ id }) => incidentKeys(id).parent)
  const begun = troubles.filter(({ over }) => over === null).map(each => selfCheckKey(each, 'parent'))
  const keys = [...open, ...summaries.map(({ id }) => summaryKey(id)), ...begun, unknownAgeKey]
  return keys.map(key => messages[key]?.ts)
}

const callsOf = (method: string) => slack.calls.filter(call => call.method === method)

test.each([
  ['with the last snapshot of version 0.1.0', false],
  ['with a first snapshot of its own', true],
])('the first runs of watch post nothing, and edit only open messages: %s', async (_, isOwn) => {
  const posted = slack.messages.length
  if (isOwn) await store.take(readingAt(162.7), { policy: settings.policy })
  // A run of version 0.1.0 died after it had posted: the first run finds that message, and the second one edits it.
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
  ['with the last snapshot of version 0.1.0', false],
  ['with a first snapshot of its own', true],
])('a stopped group that counted as in use there still does: %s', async (_, isOwn) => {
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
    published: alertStore(folderStore(store.folder), parsePublished, publishedKey),
    snapshots: store.snapshots,
    events: {
      publish: async events => {
        received.push(...events)
        return []
      },
    },
    clockSkew,
    interval: HOUR,
    now: clock,
  })
  expect(received).toEqual([])
})

test('its snapshots stay readable', async () => {
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

const inShort = ({ group, rule, evidence, offset, gone, before }: Commit): string => {
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
