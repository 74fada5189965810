import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { incidentKeys } from '../../../functions/core/alerts/keys.ts'
import { randomCases } from '../../random-cases.ts'
import { stoppedGroup } from './groups.ts'
import { steps, World } from './messages.ts'

// Random histories of groups, of Slack and of the runs that use it. The tests check the messages at the end.

/** `npm run histories` sets HISTORIES. */
const numRuns = Number(process.env.HISTORIES ?? randomCases(125))

test.each([
  ['may read the channel', true],
  ['may only post', false],
])(
  'an app that %s reports every loss, and posts each message once',
  async (_, mayLook) => {
    await fc.assert(
      fc.asyncProperty(steps, async history => {
        const world = new World(mayLook)
        for (const step of history) await world.take(step)
        await world.settle()

        reportsEveryLoss(world)
        reportsEveryLossOfRecords(world)
        mentionsNobodyWhoHasSeenIt(world)
        mentionsSomebodyAtTheLastLevel(world)
        expect(world.disturbing).toEqual([])
        postsOnce(world, mayLook)
        showsTheState(world)
        namesALossLost(world)
        await postsNothingAgain(world)
      }),
      { numRuns },
    )
  },
  60_000 + 500 * numRuns,
)

function reportsEveryLoss(world: World): void {
  const { state, posts } = world
  const posted = new Set(posts.map(({ key }) => key))
  const losses = state.incidents.filter(({ kind }) => kind === 'loss')
  for (const { id, group, summary, losses: lost } of losses) {
    // Each of its offsets was committed and lost again before Slack received the message, so only the newer loss is
    // known.
    if (lost.every(({ partition, seenAt }) => world.lostLast(group, partition) > seenAt)) continue
    const own = JSON.stringify({ cluster: 'prod', incident: id, slot: 'parent' })
    const many = JSON.stringify({ cluster: 'prod', summary: summary?.id })
    expect(posted.has(own) || posted.has(many)).toBe(true)
  }
  const known = losses.flatMap(({ group, losses: lost }) =>
    lost.map(({ partition, seenAt }) => ({ group, partition, seenAt })),
  )
  expect(known).toEqual(expect.arrayContaining(world.lost))
}

/** Each loss of records belongs to an incident that has followed it, and a message reports it. */
function reportsEveryLossOfRecords({ state, posts, lostRecords }: World): void {
  const posted = new Set(posts.map(({ key }) => key))
  const losses = state.incidents.filter(({ kind }) => kind === 'records-loss')
  for (const { group, lastAt } of lostRecords) {
    const incident = losses.find(
      ({ group: other, recordsLost }) => other === group && Number(recordsLost?.lastAt) >= lastAt,
    )
    if (incident === undefined) throw new Error(`no message says that ${group} has lost records`)
    const own = JSON.stringify({ cluster: 'prod', incident: incident.id, slot: 'parent' })
    const many = JSON.stringify({ cluster: 'prod', summary: incident.summary?.id })
    expect(posted.has(own) || posted.has(many)).toBe(true)
  }
}

/** An incident mentions people at most once, and never after an acknowledgement. */
function mentionsNobodyWhoHasSeenIt({ posts }: World): void {
  for (const { notice } of posts) {
    if (!('mention' in notice) || !notice.mention || notice.type === 'summary' || notice.type === 'silence')
      continue
    const about = notice.type === 'both' ? notice.notices.map(({ incident }) => incident) : [notice.incident]
    expect(about.some(({ acknowledgedAt }) => acknowledgedAt === null)).toBe(true)
  }
}

/** Each open incident at its last level was posted with a mention, unless its group has stopped. */
function mentionsSomebodyAtTheLastLevel({ state, posts }: World): void {
  const groups = new Set(
    posts.flatMap(({ notice }) => (notice.type === 'silence' && notice.mention ? notice.open : [])),
  )
  const mentioned = new Set(
    posts.flatMap(({ notice }) => {
      if (!('mention' in notice) || !notice.mention) return []
      if (notice.type === 'summary') return notice.worst.map(({ incident }) => incident.id)
      if (notice.type === 'both') return notice.notices.map(({ incident }) => incident.id)
      return 'incident' in notice ? notice.incident.id : []
    }),
  )
  const urgent = state.incidents.filter(
    ({ level, closed, acknowledgedAt, group }) =>
      level === 'last' && closed === null && acknowledgedAt === null && group !== stoppedGroup,
  )
  expect(urgent.filter(({ id, group }) => !mentioned.has(id) && !groups.has(group))).toEqual([])
}

/**
 * Duplicates are allowed only if no run could know of the first message: a process died, or Slack's answer was lost. An
 * app that may search finds the first message, unless Slack refuses the search.
 */
function postsOnce({ posts, doubts, refusedSearches }: World, mayLook: boolean): void {
  const excuses = Map.groupBy(mayLook ? refusedSearches : doubts, key => key)
  for (const [key, each] of Map.groupBy(posts, post => post.key)) {
    const most = 1 + (excuses.get(key)?.length ?? 0)
    if (each.length > most) throw new Error(`${key} was posted ${each.length} times, and ${most} are excused`)
  }
}

/** No message shows a group as open if its incident is over or has its own message. */
function showsTheState({ state, says }: World): void {
  const open = state.incidents.filter(({ closed }) => closed === null)
  for (const notice of says.values()) {
    if (notice.type === 'summary') {
      const own = open.filter(
        ({ id, summary }) =>
          state.messages[incidentKeys(id).parent] === undefined && summary?.id === notice.id,
      )
      expect(notice).toMatchObject({ open: own.length })
    }
    const notices = notice.type === 'both' ? notice.notices : [notice]
    for (const each of notices) {
      if ((each.type !== 'expiring' && each.type !== 'records') || each.slot !== 'parent') continue
      expect(each.resolved === null).toBe(open.some(({ id }) => id === each.incident.id))
    }
  }
  // A message that two incidents share shows each of them as open.
  const said = new Set(
    [...says.values()]
      .flatMap(notice => (notice.type === 'both' ? [...notice.notices] : [notice]))
      .flatMap(notice => ('incident' in notice ? [notice.incident.id] : [])),
  )
  const posted = open.filter(({ id }) => state.messages[incidentKeys(id).parent] !== undefined)
  expect(posted.filter(({ id }) => !said.has(id))).toEqual([])
}

/**
 * If a group has lost offsets or records since its deadline incident opened, that loss ended the incident, unless it was
 * recovered before.
 */
function namesALossLost({ state: { incidents } }: World): void {
  const losses = incidents.filter(({ kind }) => kind === 'loss')
  for (const { kind, group, openedAt, closed } of incidents) {
    if (kind !== 'deadline' || closed === null) continue
    const hasLost = losses.some(
      loss =>
        loss.group === group &&
        loss.openedAt > openedAt &&
        loss.openedAt <= closed.at &&
        (loss.closed === null || loss.closed.at > closed.at),
    )
    if (hasLost) expect(closed.why).toBe('lost')
  }
}

async function postsNothingAgain(world: World): Promise<void> {
  const before = [world.posts.length, world.edits]
  expect(await world.again()).toMatchObject({ posted: 0, edited: 0 })
  expect([world.posts.length, world.edits]).toEqual(before)
}
