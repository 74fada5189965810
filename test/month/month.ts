import { clusterByDefaults } from '../../functions/config/settings.ts'
import type { PolicySettings } from '../../functions/core/model/settings.ts'
import { assessTable } from '../../functions/jobs/assess.ts'
import { suggestIgnores } from '../../functions/jobs/suggest-ignores.ts'
import { watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { clockSkew, DAY, HOUR, MINUTE } from '../core/readings.ts'
import { aStore, cluster } from '../jobs/parts.ts'
import { type FakeSlack, type StoredMessage, startSlack } from '../slack/server.ts'
import { allTeams, BEFORE, cast, type Member, randomFrom } from './cast.ts'
import { MonthOfKafka } from './kafka.ts'

/** A Monday, 00:00 UTC. */
const START = Date.UTC(2026, 10, 2)
const MENTION = '<!here>'
const interval = HOUR

export interface Month {
  groups: number
  teams: number
  /** ms */
  length: number
  seed: number
}

export interface Outcome {
  groups: number
  shortLived: number
  teams: number
  snapshots: number
  /** Messages that a team's channel shows, by team and week, without zeros. */
  perTeamAndWeek: { team: string; week: number; messages: string[] }[]
  /** Messages with a mention, by team. */
  mentions: Map<string, number>
  losses: { group: string; at: number; postedAt: number | null }[]
  /** Messages of the default channel, by kind. */
  others: Record<string, number>
  suggested: string[]
}

/** Simulates a month of a cluster, with the real jobs, a store in a folder and a Slack server. */
export async function liveThrough({ groups, teams: count, length, seed }: Month): Promise<Outcome> {
  const teams = allTeams.slice(0, count)
  const members = cast({ teams, groups, length }, randomFrom(seed))
  const [deleted, undeployed] = lossesAmong(members, teams)
  const kafka = new MonthOfKafka(members, START)
  const channels = ['#kafka', ...teams.map(team => `#${team}`)]
  const posted = new Map<string, number>()
  let clock = START
  // The server also calls this for edits.
  const onMessage = ({ ts }: StoredMessage) => void (posted.has(ts) || posted.set(ts, clock))
  const slack = await startSlack({
    channels: Object.fromEntries(channels.map(name => [name, true])),
    now: () => clock,
    onMessage,
  })
  const store = await aStore()
  try {
    const policy: PolicySettings = {
      ...clusterByDefaults('prod').policy,
      routes: teams.map(team => ({
        pattern: `${team}.*`,
        owner: team,
        channel: `#${team}`,
        mention: undefined,
      })),
    }
    const settings = { ...cluster, policy }
    const notifier = slackNotifier(
      slackChannel({
        token: slack.token,
        channel: '#kafka',
        apiUrl: slack.url,
      }),
      {
        channel: '#kafka',
        mention: MENTION,
        docs: undefined,
      },
    )
    const losses = [
      { group: deleted.group, at: START + BEFORE + Math.floor(length * 0.3) + 3 * HOUR },
      { group: undeployed.group, at: START + BEFORE + Math.floor(length * 0.6) + 10 * HOUR },
    ]
    let known = new Set<string>()
    let lostOffset: bigint | undefined
    let suggested: string[] = []
    let snapshots = 0

    for (let time = START + interval; time < START + BEFORE + length; time += interval) {
      clock = time
      kafka.goTo(time)
      if (losses[0]?.at === time) lostOffset = kafka.deleteOffsets(deleted.group)
      if (losses[0] && lostOffset !== undefined && time === losses[0].at + 5 * HOUR)
        kafka.restore(deleted.group, lostOffset)
      if (losses[1]?.at === time) kafka.deployWithGap(undeployed.group)

      // Each Tuesday one of three brokers restarts, so the coordinators of a third of the groups do not answer.
      const isRestart = new Date(time).getUTCDay() === 2 && new Date(time).getUTCHours() === 11
      const reading = kafka.read(known, group => isRestart && group.length % 3 === 0)
      store.setClock(time + MINUTE)
      await store.take(reading, settings)
      snapshots++
      const { head, commits } = await store.newest()
      known = new Set(commits.columns.group_id.strings)
      // The platform team adds the suggested rules, once, at the beginning of the month.
      if (time === START + BEFORE) {
        const now = time + MINUTE
        const context = {
          policy,
          retention: head.retention,
          now,
          clockSkew,
          newsSince: now - 7 * DAY,
          interval,
        }
        const rules = suggestIgnores(assessTable(commits, context)).filter(({ alsoMatches }) => !alsoMatches)
        suggested = rules.map(({ pattern }) => pattern)
        policy.ignore.unshift(
          ...rules.map(({ pattern }) => ({ pattern, reason: 'short-lived', until: undefined })),
        )
      }
      clock = time + 2 * MINUTE
      await watch({
        cluster: settings,
        snapshots: store.snapshots,
        alerts: store.alerts,
        notifier,
        interval,
        digestAt: 8 * HOUR,
        now: () => clock,
      })
    }
    return outcomeOf({ slack, posted, members, teams, losses, suggested, snapshots })
  } finally {
    await slack.stop()
    await store.remove()
  }
}

/** The two groups that lose offsets: a simple group, and a KIP-848 group whose topic is quiet. */
function lossesAmong(members: readonly Member[], teams: readonly string[]): [Member, Member] {
  const simple = members.find(({ team, kind }) => team === teams[3] && kind === 'simple')
  const quiet = members.find(({ team, kind }) => team === teams[4] && kind === 'consumer')
  if (simple === undefined || quiet === undefined) throw new Error('choose another seed')
  for (const member of [simple, quiet]) Object.assign(member, { until: Infinity, stopsAtWeekends: false })
  Object.assign(quiet, { every: 400 * DAY })
  return [simple, quiet]
}

/** The current text, and the text before each edit. */
const textsOf = ({ text, edits }: StoredMessage) => [text, ...edits.map(edit => edit.text)]

interface Happened {
  slack: FakeSlack
  posted: ReadonlyMap<string, number>
  members: readonly Member[]
  teams: readonly string[]
  losses: readonly { group: string; at: number }[]
  suggested: string[]
  snapshots: number
}

function outcomeOf({ slack, posted, members, teams, losses, suggested, snapshots }: Happened): Outcome {
  const atOf = ({ ts }: StoredMessage) => posted.get(ts) ?? 0
  const nameOf = (id: string) => [undefined, ...teams][Number(/\d+/.exec(id)) - 1]
  // A reply that is only in its thread does not count as a message of the channel.
  const shown = slack.messages.filter(
    message => atOf(message) >= START + BEFORE && (message.thread === undefined || message.broadcast),
  )
  const ofTeams = shown.flatMap(message => {
    const team = nameOf(message.channel)
    return team ? [{ team, week: Math.floor((atOf(message) - START - BEFORE) / (7 * DAY)), message }] : []
  })
  const byTeamAndWeek = Map.groupBy(ofTeams, ({ team, week }) => `${team} ${week}`)
  const mentions = Map.groupBy(
    ofTeams.filter(({ message }) => textsOf(message).some(text => text.includes(MENTION))),
    ({ team }) => team,
  )
  const kinds = Map.groupBy(
    shown.filter(({ channel }) => nameOf(channel) === undefined),
    ({ text }) => (text.includes('Today on') ? 'digest' : text.includes('watch') ? 'weekly line' : text),
  )
  return {
    groups: members.length,
    shortLived: members.filter(({ until, from }) => until - from < DAY).length,
    teams: teams.length,
    snapshots,
    perTeamAndWeek: [...byTeamAndWeek.values()].flatMap(([first, ...others]) =>
      first
        ? [
            {
              team: first.team,
              week: first.week,
              messages: [first, ...others].map(({ message }) => message.text),
            },
          ]
        : [],
    ),
    mentions: new Map([...mentions].map(([team, list]) => [team, list.length])),
    losses: losses.map(({ group, at }) => {
      const message = slack.messages.find(
        candidate =>
          atOf(candidate) >= at &&
          textsOf(candidate).some(text => text.includes(group) && text.includes('has lost')),
      )
      return { group, at, postedAt: message ? atOf(message) : null }
    }),
    others: Object.fromEntries([...kinds].map(([kind, list]) => [kind, list.length])),
    suggested,
  }
}
