import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import type { ClusterSettings } from '../../functions/core/model/settings.ts'
import { examineKafka } from '../../functions/jobs/doctor-kafka.ts'
import type { KafkaProbe } from '../../functions/jobs/ports.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import {
  commits,
  healthy,
  newest,
  offsetsTopic,
  type Rights,
  retention,
  rights,
  troubles,
} from './healthy-kafka.ts'
import { cluster } from './status-of-sample.ts'

describe('the examination of a cluster', () => {
  const examine = async (changes: Partial<KafkaProbe>, of: Partial<ClusterSettings> = {}) =>
    troubles(await examineKafka({ ...cluster, ...of }, { ...healthy, ...changes }, newest, 900_000))
  const lacking = (changes: Partial<Rights>) => ({ rights: async () => ({ ...rights, ...changes }) })

  test('asks for the rights on the topics and groups of the newest snapshot', async () => {
    let asked = {}
    const ask: KafkaProbe['rights'] = async of => {
      asked = of
      return rights
    }
    expect(await examine({ rights: ask })).toEqual([])
    expect(asked).toEqual({ topics: ['t1', 't2'], groups: ['a', 'b'] })
  })

  test('asks for the rights on every group, even if there are many', async () => {
    const many = snapshotOf(Array.from({ length: 300 }, (_, i) => commitOf({ group: `g${i}` })))
    const ask: KafkaProbe['rights'] = async ({ groups }) => ({
      ...rights,
      groups: new Map(groups.map(group => [group, true])),
    })
    const findings = await examineKafka(cluster, { ...healthy, rights: ask }, many, 900_000)
    expect(findings.map(({ says }) => says)).toContain('all 300 that are known')
  })

  test.each<[string, Partial<KafkaProbe>, Partial<ClusterSettings>, unknown[]]>([
    [
      'a broker that is down',
      { brokers: async () => [{ id: 2, address: 'k:1', trouble: 'broker 2 refuses.' }] },
      {},
      ['fail broker 2: broker 2 refuses. The groups of this broker stay as they were last seen until then.'],
    ],
    [
      'no DESCRIBE on the cluster',
      lacking({ cluster: { describe: false, describeConfigs: true } }),
      {},
      ['fail right to DESCRIBE the cluster: missing: a listing leaves groups out without an error'],
    ],
    [
      'no DESCRIBE on the cluster, but a list of groups in the settings',
      lacking({ cluster: { describe: false, describeConfigs: true } }),
      { groups: ['a'] },
      [],
    ],
    [
      'brokers that report no rights',
      lacking({ cluster: { describe: undefined, describeConfigs: true } }),
      {},
      ['warn right to DESCRIBE the cluster: not known, so a listing may leave groups out'],
    ],
    [
      'no DESCRIBE_CONFIGS',
      lacking({ cluster: { describe: true, describeConfigs: false } }),
      {},
      [
        'warn right to DESCRIBE_CONFIGS: missing: the retention of a broker that does not report it is assumed',
      ],
    ],
    [
      'no DESCRIBE_CONFIGS on a topic',
      lacking({
        topics: new Map([
          ['t1', { describe: true, describeConfigs: false }],
          ['t2', { describe: true, describeConfigs: true }],
        ]),
      }),
      {},
      [
        'warn right to DESCRIBE_CONFIGS of topics: missing or not known for 1 of 2: "t1". The deletion times of their unread records are not known',
      ],
    ],
    [
      'a hidden topic',
      lacking({
        topics: new Map([
          ['t1', { describe: false, describeConfigs: undefined }],
          ['t2', { describe: true, describeConfigs: true }],
        ]),
      }),
      {},
      ['fail right to DESCRIBE topics: missing for 1 of 2: "t1". Their offsets stay as they were last seen'],
    ],
    [
      'a hidden group',
      lacking({ groups: new Map([['a', false]]) }),
      {},
      ['fail right to DESCRIBE groups: missing for 1 of 1: "a". Their offsets stay as they were last seen'],
    ],
    [
      'a topic and groups with unknown rights',
      lacking({
        topics: new Map([
          ['t1', { describe: undefined, describeConfigs: true }],
          ['t2', { describe: true, describeConfigs: true }],
        ]),
        groups: new Map(['a', 'b', 'c', 'd', 'e', 'f'].map(name => [name, undefined])),
      }),
      {},
      [
        'warn right to DESCRIBE groups: not known for 6 of 6: "a", "b", "c", "d", "e", …',
        'warn right to DESCRIBE topics: not known for 1 of 2: "t1"',
      ],
    ],
    [
      'a hidden group, and a group with unknown rights',
      lacking({
        groups: new Map([
          ['a', false],
          ['b', undefined],
        ]),
      }),
      {},
      [
        'fail right to DESCRIBE groups: missing for 1 of 2: "a". Their offsets stay as they were last seen; not known for 1 of 2: "b"',
      ],
    ],
    [
      'a retention whose last level is shorter than the interval',
      { retention: async () => ({ brokers: [{ ...retention, retention: 3_600_000 }], problems: [] }) },
      {},
      [
        'warn interval: the interval of 15 min is longer than the last level of cluster "prod" (3 min), so a run may miss ' +
          'that level. A stopped group is posted at an earlier level. Make the interval shorter.',
      ],
    ],
    [
      'an assumed retention',
      { retention: async () => ({ brokers: [{ ...retention, source: 'default' }], problems: [] }) },
      {},
      [
        "warn retention of broker 1: 10080 min, a sweep every 600 s: Kafka's default; the broker does not report its own",
      ],
    ],
    [
      'a retention from the settings',
      { retention: async () => ({ brokers: [{ ...retention, source: 'settings' }], problems: [] }) },
      {},
      [],
    ],
    [
      'a retention that a broker does not report',
      {
        retention: async () => ({
          brokers: [retention],
          problems: [{ scope: {}, code: 'unsupported', message: 'It is not told.' }],
        }),
      },
      {},
      ['warn retention: It is not told.'],
    ],
    [
      'a service that lists only groups with members',
      { listedOnlyLive: async () => ['a'] },
      {},
      [
        'fail service: not supported: the service lists groups only while they have members, so it leaves out groups with offsets: "a"',
      ],
    ],
    [
      'no __consumer_offsets',
      lacking({ consumerOffsets: { exists: false, describe: true, read: undefined } }),
      {},
      [
        'warn evidence: observed: ages are bounds from comparing snapshots, because the cluster shows no topic __consumer_offsets',
      ],
    ],
    [
      'a hidden __consumer_offsets',
      lacking({ consumerOffsets: { exists: undefined, describe: false, read: undefined } }),
      {},
      [
        'warn evidence: observed: ages are bounds from comparing snapshots, because __consumer_offsets is hidden',
      ],
    ],
    [
      'no DESCRIBE_CONFIGS on __consumer_offsets',
      { offsetsTopic: async () => ({ ...offsetsTopic, cleanupPolicy: null }) },
      {},
      [
        'warn cleanup.policy of __consumer_offsets: not known: groups lose offsets at a broker restart if it is not compact',
      ],
    ],
    [
      '__consumer_offsets with one replica',
      { offsetsTopic: async () => ({ ...offsetsTopic, replicas: 1 }) },
      {},
      [
        'warn replication factor of __consumer_offsets: 1: if a broker loses its disk, its groups lose their offsets',
      ],
    ],
    [
      '__consumer_offsets with another cleanup.policy',
      { offsetsTopic: async () => ({ ...offsetsTopic, cleanupPolicy: 'compact,delete' }) },
      {},
      [
        expect.stringContaining(
          'fail __consumer_offsets: The topic __consumer_offsets has cleanup.policy=compact,delete',
        ),
      ],
    ],
    [
      '__consumer_offsets with more partitions than in the newest snapshot',
      { offsetsTopic: async () => ({ ...offsetsTopic, partitions: 100 }) },
      {},
      [
        expect.stringContaining(
          'fail __consumer_offsets: The number of partitions of __consumer_offsets was raised from 50 to 100.',
        ),
      ],
    ],
    [
      'no description of __consumer_offsets',
      { offsetsTopic: async () => undefined },
      {},
      ['warn __consumer_offsets: is not visible, so the risk of a broker restart is not known'],
    ],
    [
      'a request that fails',
      { rights: async () => Promise.reject(new Failure('no broker answers.')) },
      {},
      ['fail rights: no broker answers.'],
    ],
  ])('%s', async (_, changes, of, findings) => {
    expect(await examine(changes, of)).toEqual(findings)
  })

  test.each<[string, Parameters<typeof snapshotOf>[1], unknown[]]>([
    ['with a log that can be read', { mode: 'exact', offsetsTopic }, []],
    [
      'with the earlier number, but without the log',
      { mode: 'observed', offsetsTopic },
      [expect.stringContaining('if somebody raised it before the newest snapshot')],
    ],
    [
      'with neither the log nor the earlier number',
      { mode: 'observed', offsetsTopic: null },
      [expect.stringMatching(/the brokers may still use a smaller number, if somebody raised it$/)],
    ],
    ['on a server with another hash', { mode: 'observed', withoutLog: 'unrelated', offsetsTopic: null }, []],
  ])('judges the number of partitions of __consumer_offsets %s', async (_, head, findings) => {
    expect(troubles(await examineKafka(cluster, healthy, snapshotOf(commits, head), 900_000))).toEqual(
      findings,
    )
  })

  test('closes its connections even if a request fails', async () => {
    let isClosed = false
    const close = async () => {
      isClosed = true
    }
    await examine({ brokers: async () => Promise.reject(new Error('x')), [Symbol.asyncDispose]: close })
    expect(isClosed).toBe(true)
  })
})
