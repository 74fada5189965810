import { expect, test } from '@jest/globals'
import { ignoredByDefault } from '../../functions/config/settings.ts'
import { fromYaml, refusal } from './reading.ts'

const kafka = { KAFKA_BROKERS: 'kafka-1:9092' }
const prod = 'name: prod, kafka: {brokers: ["kafka-1:9092"]}'

test('settings that the file leaves out come from the environment', () => {
  const env = { ...kafka, WATCHDOG_STORE: '/from-env', WATCHDOG_INTERVAL: '1h', SLACK_BOT_TOKEN: 'xoxb-1' }
  const settings = fromYaml(
    '{interval: 5m, slack: {channel: C1}, clusters: [{name: a}, {name: b, kafka: {brokers: "x:1,y:2"}}]}',
    env,
  )
  expect(settings).toMatchObject({
    store: '/from-env',
    interval: 300_000,
    slack: { token: 'xoxb-1', channel: 'C1' },
  })
  expect(settings.clusters.map(({ kafka }) => kafka.brokers)).toEqual([['kafka-1:9092'], ['x:1', 'y:2']])
})

test('a reference takes a secret from the environment', () => {
  const settings = fromYaml(`{slack: {botToken: "\${TOKEN}"}, clusters: [{${prod}}]}`, { TOKEN: 'xoxb-2' })
  expect(settings.slack?.token).toBe('xoxb-2')
})

test('the policy of a cluster is read', () => {
  const [cluster] = fromYaml(`{clusters: [{${prod},
      groups: [a, b], retention: 14d, withoutMetadata: ["secret-*"], withoutMembers: ["*"],
      ignoreDefaults: false, routes: [{pattern: "pay-*", channel: "#pay"}],
      levels: {first: 48h, second: 1d, last: 90m},
      records: digest,
      recordsByGroup: [{pattern: "pay-*", records: alert}], stepBackAlerts: ["pay-*"], neverCommittedAlerts: ["audit-*"],
      levelsByGroup: [{pattern: "n-*", levels: {first: 3h, second: 2h, last: 1h}}],
      ignore: [{pattern: x, reason: why}, {pattern: "y*", reason: why not, until: 2027-01-31}]}]}`).clusters
  expect(cluster).toMatchObject({
    groups: ['a', 'b'],
    retention: 14 * 86_400_000,
    policy: {
      levels: { first: 48 * 3_600_000, second: 24 * 3_600_000, last: 90 * 60_000 },
      records: 'digest',
      recordsByGroup: [{ pattern: 'pay-*', records: 'alert' }],
      stepBackAlerts: ['pay-*'],
      neverCommittedAlerts: ['audit-*'],
      levelsByGroup: [
        { pattern: 'n-*', levels: { first: 3 * 3_600_000, second: 2 * 3_600_000, last: 3_600_000 } },
      ],
      ignore: [
        { pattern: 'x', reason: 'why', until: undefined },
        { pattern: 'y*', reason: 'why not', until: Date.UTC(2027, 0, 31) },
      ],
      routes: [{ pattern: 'pay-*', channel: '#pay', mention: undefined }],
      withoutMetadata: ['secret-*'],
      withoutMembers: ['*'],
    },
  })
})

test('the empty group id is a group and a pattern like any other', () => {
  const [cluster] = fromYaml(`{clusters: [{${prod}, groups: [""], withoutMetadata: [""],
      routes: [{pattern: "", channel: "#pay"}], ignore: [{pattern: "", reason: of an old tool}]}]}`).clusters
  expect(cluster?.groups).toEqual([''])
  expect(cluster?.policy).toMatchObject({
    ignore: [{ pattern: '', reason: 'of an old tool' }, ...ignoredByDefault],
    routes: [{ pattern: '', channel: '#pay' }],
    withoutMetadata: [''],
  })
})

test.each([
  ['a file without clusters', 'store: x', 'clusters in watchdog.yaml is missing.'],
  [
    'an empty list of clusters',
    'clusters: []',
    'clusters in watchdog.yaml cannot be used: write at least one cluster.',
  ],
  ['an empty file', '', 'watchdog.yaml contains no settings: write at least clusters, each with a name.'],
  [
    'text that is not YAML',
    'a: [',
    'watchdog.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5.',
  ],
  [
    'a cluster without a name',
    'clusters: [{kafka: {brokers: a:1}}]',
    'clusters[0].name in watchdog.yaml is missing.',
  ],
  [
    'a number as brokers',
    'clusters: [{name: a, kafka: {brokers: 9092}}]',
    'clusters[0].kafka.brokers in watchdog.yaml is 9092: write host:port; separate several with commas.',
  ],
  [
    'a text in place of a section',
    `{slack: here, clusters: [{${prod}}]}`,
    'slack in watchdog.yaml must contain botToken, appToken, channel, mention, apiUrl, digestAt, buttons, ignore, ignoreBy, ignoreFor, ignoreForAtMost, signingSecret, teamId, reservedConcurrency.',
  ],
  [
    'a mistyped key',
    `{intervall: 1h, clusters: [{${prod}}]}`,
    'intervall in watchdog.yaml is not a setting: did you mean interval?',
  ],
  [
    'a mistyped key that has to be there',
    `clustres: [{${prod}}]`,
    'clustres in watchdog.yaml is not a setting: did you mean clusters?',
  ],
  [
    'a mistyped key deep inside',
    'clusters: [{name: a, kafka: {brokers: a:1, privatKey: x}}]',
    'clusters[0].kafka.privatKey in watchdog.yaml is not a setting: did you mean privateKey?',
  ],
  [
    'an unknown key',
    `clusters: [{${prod}, ignore: [{pattern: x, reason: y, colour: red}]}]`,
    'clusters[0].ignore[0].colour in watchdog.yaml is not a setting: known are pattern, reason, until.',
  ],
  [
    'a maintenance window that never ends',
    `clusters: [{${prod}, maintenance: [{pattern: x, from: 2026-12-01T20:00Z, reason: y}]}]`,
    'clusters[0].maintenance[0] in watchdog.yaml cannot be used: write until: a window needs an end.',
  ],
  [
    'a maintenance window of a year',
    `clusters: [{${prod}, maintenance: [{pattern: x, from: 2026-12-01T20:00Z, until: 2027-12-01T20:00Z, reason: y}]}]`,
    'clusters[0].maintenance[0] in watchdog.yaml cannot be used: write an end after the start and within 90 days of it; use ignore for longer.',
  ],
  [
    'working hours without a zone',
    `clusters: [{${prod}, routes: [{pattern: x, owner: y, hours: Mon-Fri 08:00-17:00}]}]`,
    'clusters[0].routes[0].hours in watchdog.yaml is "Mon-Fri 08:00-17:00": write days, hours and a zone such as Mon-Fri 08:00-17:00 Europe/Oslo.',
  ],
  [
    'an ignore rule without a reason',
    `clusters: [{${prod}, ignore: [{pattern: x}]}]`,
    'clusters[0].ignore[0].reason in watchdog.yaml is missing.',
  ],
  [
    'a day that does not exist',
    `clusters: [{${prod}, ignore: [{pattern: x, reason: y, until: 2026-02-30}]}]`,
    'clusters[0].ignore[0].until in watchdog.yaml is "2026-02-30": write the day on which it ends, such as 2027-01-31.',
  ],
  [
    'a duration without a unit',
    `{interval: 15, clusters: [{${prod}}]}`,
    'interval in watchdog.yaml is 15: write a duration such as 15m or 1h, from 1s to 24d.',
  ],
  [
    'levels out of order',
    `clusters: [{${prod}, levels: {first: 1h, second: 2h, last: 3h}}]`,
    'clusters[0].levels in watchdog.yaml cannot be used: make first longer than second, and second longer than last.',
  ],
  [
    'a missing level',
    `clusters: [{${prod}, levels: {first: 1h, second: 30m}}]`,
    'clusters[0].levels.last in watchdog.yaml is missing.',
  ],
  [
    'a pattern that is a number',
    `clusters: [{${prod}, withoutMetadata: [5]}]`,
    'clusters[0].withoutMetadata[0] in watchdog.yaml is 5: write a group id; * stands for any characters.',
  ],
  [
    'an empty list of groups',
    `clusters: [{${prod}, groups: []}]`,
    'clusters[0].groups in watchdog.yaml cannot be used: write at least one group id.',
  ],
  [
    'two names that differ only in capitals',
    `clusters: [{${prod}}, {name: PROD, kafka: {brokers: a:1}}]`,
    'clusters in watchdog.yaml cannot be used: give them names that differ in more than upper and lower case.',
  ],
  [
    'a reference to a variable that is not set',
    `{slack: {botToken: "\${NOPE}"}, clusters: [{${prod}}]}`,
    `botToken in watchdog.yaml refers to \${NOPE}, which is not set: set NOPE in the environment.`,
  ],
  [
    'a reference to a variable inside a longer text',
    `clusters: [{${prod}, routes: [{pattern: "\${TEAM}-*", owner: a}]}]`,
    `pattern in watchdog.yaml has \${TEAM} inside a longer text, which is not replaced: write \${TEAM} alone, or the text itself.`,
  ],
  [
    'a CA file that does not exist',
    'clusters: [{name: a, kafka: {brokers: a:1, caPath: /none}}]',
    'clusters[0].kafka.caPath in watchdog.yaml is "/none", which does not exist: give the path of a readable file.',
  ],
])('refuses %s', (_, yaml, message) => {
  expect(refusal(() => fromYaml(yaml))).toBe(message)
})

test.each([
  ['token', '{slack: {botToken: [hunter2]}, clusters: [{name: a}]}'],
  ['password', 'clusters: [{name: a, kafka: {brokers: a:1, saslPassword: {x: hunter2}}}]'],
  ['key', 'clusters: [{name: a, kafka: {brokers: a:1, privateKey: hunter2}}]'],
  ['broken file', 'botToken: hunter2\n  saslPassword: : hunter2'],
])('never shows a secret: %s', (_, yaml) => {
  expect(refusal(() => fromYaml(yaml, kafka))).not.toContain('hunter2')
})
