import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import type { ClusterSettings } from '../../functions/core/model/settings.ts'
import { type Doctor, doctor } from '../../functions/jobs/doctor.ts'
import { takenAt } from '../builders/snapshots.ts'
import { healthy, newest, troubles } from './healthy-kafka.ts'
import { cluster } from './status-of-sample.ts'

describe('store, Slack, routes and the newest snapshot', () => {
  const usualScopes = ['chat:write', 'channels:history', 'groups:history', 'channels:read', 'groups:read']
  const noButtons = { wanted: false, hasFunctionUrl: false, probe: undefined }
  const slackWith = (scopes: readonly string[] | undefined) => ({
    channel: '#kafka',
    asksForMembers: false,
    check: async () => ({ team: 'T', user: 'bot', scopes }),
    isMember: async () => true as const,
  })
  const routesTo = (...channels: string[]) =>
    channels.map(channel => ({ pattern: '*', channel, mention: undefined }))
  const withPolicy = (policy: Partial<ClusterSettings['policy']>) => ({
    ...cluster,
    policy: { ...cluster.policy, ignore: [], ...policy },
  })
  const all: Doctor = {
    clusters: [withPolicy({})],
    connect: async () => healthy,
    store: { location: '/store', probe: async () => {}, newest: async () => newest },
    slack: slackWith(undefined),
    buttons: noButtons,
    webhooks: [],
    now: takenAt + 60_000,
    interval: 900_000,
    dateOf: time => new Date(time).toISOString(),
  }
  const examine = async (changes: Partial<Doctor>) => {
    const { common, clusters } = await doctor({ ...all, ...changes })
    return troubles([...clusters.flatMap(({ findings }) => findings), ...common])
  }
  const mayBeRaised =
    'warn partitions of __consumer_offsets: 50: the brokers may still use a smaller number, if somebody raised it'
  const broken = async () => Promise.reject(new Failure('it does not work.'))

  test.each<[string, Partial<Doctor>, string[]]>([
    ['all is well', {}, []],
    ['Kafka is out of reach', { connect: broken }, ['fail Kafka: it does not work.']],
    [
      'the store cannot be written',
      { store: { ...all.store, probe: broken } },
      ['fail store: it does not work.'],
    ],
    [
      'the store cannot be read',
      { store: { ...all.store, probe: broken, newest: broken } },
      [mayBeRaised, 'fail snapshots: it does not work.', 'fail store: it does not work.'],
    ],
    [
      'a snapshot is damaged',
      {
        store: {
          ...all.store,
          newest: async (_, { onSkipped }) => {
            onSkipped({ scope: {}, code: 'unverified-base', message: 'it is skipped.' })
            return newest
          },
        },
      },
      ['warn snapshots: it is skipped.'],
    ],
    [
      'the newest snapshot is old',
      { now: takenAt + 3_600_000 },
      ['warn snapshots: the newest is of 2026-11-22T14:00:00.123Z, more than two intervals ago'],
    ],
    [
      'the newest snapshot is later than the clock',
      { now: takenAt - 3_600_000 },
      ['warn snapshots: the newest is of 2026-11-22T14:00:00.123Z, later than this clock'],
    ],
    [
      'there is no snapshot yet',
      { store: { ...all.store, newest: async () => undefined } },
      [mayBeRaised, 'warn snapshots: there is none yet'],
    ],
    [
      'no snapshot can be used',
      {
        store: {
          ...all.store,
          newest: async (_, { onSkipped }) => {
            onSkipped({ scope: {}, code: 'unverified-base', message: 'its Parquet file is missing' })
            return undefined
          },
        },
      },
      [mayBeRaised, 'warn snapshots: its Parquet file is missing'],
    ],
    [
      'nothing answers clicks',
      { buttons: { ...noButtons, wanted: true } },
      ['warn Slack buttons: are left out, because nothing would answer a click'],
    ],
    ['a function URL answers clicks', { buttons: { ...noButtons, wanted: true, hasFunctionUrl: true } }, []],
    ['Socket Mode answers clicks', { buttons: { ...noButtons, wanted: true, probe: async () => {} } }, []],
    [
      'the app-level token is refused',
      { buttons: { ...noButtons, wanted: true, probe: broken } },
      ['fail Slack buttons: it does not work.'],
    ],
    [
      'both a function URL and Socket Mode answer clicks',
      { buttons: { wanted: true, hasFunctionUrl: true, probe: async () => {} } },
      ['warn Slack buttons: have two endpoints, and a Slack app uses only Socket Mode if it is on'],
    ],
    ['Slack is not set', { slack: undefined }, ['warn Slack: is not set, so nothing is posted']],
    [
      'Slack refuses',
      { slack: { ...slackWith(undefined), check: broken, isMember: broken } },
      ['fail Slack: it does not work.', 'fail Slack channel: it does not work.'],
    ],
    [
      'it is unknown whether the app is in the channel',
      { slack: { ...slackWith(undefined), isMember: async () => undefined } },
      [
        'warn Slack channel: doctor cannot see whether the app may post to #kafka; the first message shows it',
      ],
    ],
    [
      'a route’s channel is archived, and another is named twice',
      {
        clusters: [withPolicy({ routes: routesTo('#pay', '#old', '#pay') })],
        slack: {
          ...slackWith(undefined),
          isMember: async ({ name, setting }) => {
            if (name === '#old') throw new Failure(`the channel is archived. Set ${setting} to another.`)
            return name === '#kafka' || undefined
          },
        },
      },
      [
        'warn routes[1]: 2 groups such as "a" have an earlier route, routes[0]: the first one wins',
        'warn routes[2]: 2 groups such as "a" have an earlier route, routes[0]: the first one wins',
        'warn Slack channel of routes[0].channel: doctor cannot see whether the app may post to #pay; the first message shows it',
        'fail Slack channel of routes[1].channel: the channel is archived. Set routes[1].channel to another.',
      ],
    ],
    [
      'the scope to post is missing',
      { slack: slackWith(['files:write']) },
      ['fail Slack: signed in to T as bot, but without the scope chat:write'],
    ],
    [
      'the scope for files is missing',
      { slack: slackWith(usualScopes) },
      [
        'warn Slack scope files:write: missing, so the offsets of a loss come as text in its thread, not as a file',
      ],
    ],
    [
      'ignoring from Slack is on, and the scope for user groups is missing',
      { slack: { ...slackWith([...usualScopes, 'files:write']), asksForMembers: true } },
      ['warn Slack scope usergroups:read: missing, so nobody may ignore a group from Slack'],
    ],
  ])('%s', async (_, changes, findings) => {
    expect(await examine(changes)).toEqual(findings)
  })
})
