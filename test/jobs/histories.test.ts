import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { steps, World } from './histories.ts'

// Whatever happens to groups, to Slack and to the runs that talk to it: what holds of the messages at the end.

const RUNS = 1_000

test.each([
  ['may look into the channel', true],
  ['may only write', false],
])(
  'an app that %s tells every loss, and everything once',
  async (_, mayLook) => {
    await fc.assert(
      fc.asyncProperty(steps, async history => {
        const world = new World(mayLook)
        for (const step of history) await world.take(step)
        await world.settle()

        tellsEveryLoss(world)
        tellsOnce(world, mayLook)
        await tellsNothingAgain(world)
      }),
      { numRuns: RUNS },
    )
  },
  240_000,
)

function tellsEveryLoss({ state, posts, lostGroups }: World): void {
  const told = new Set(posts.map(({ key }) => key))
  const losses = state.incidents.filter(({ kind }) => kind === 'loss')
  for (const { id, summary } of losses) {
    const own = JSON.stringify({ cluster: 'prod', incident: id, slot: 'parent' })
    const many = JSON.stringify({ cluster: 'prod', summary: summary?.id })
    expect(told.has(own) || told.has(many)).toBe(true)
  }
  expect(losses.map(({ group }) => group)).toEqual(expect.arrayContaining(lostGroups))
}

/** Twice only where no run could know that it was there already: a process died, or Slack's answer was lost. */
function tellsOnce({ posts, doubts }: World, mayLook: boolean): void {
  const doubted = Map.groupBy(doubts, key => key)
  for (const [key, each] of Map.groupBy(posts, post => post.key)) {
    const most = 1 + (mayLook ? 0 : (doubted.get(key)?.length ?? 0))
    if (each.length > most) throw new Error(`${key} was posted ${each.length} times, and ${most} are excused`)
  }
}

async function tellsNothingAgain(world: World): Promise<void> {
  const before = [world.posts.length, world.edits]
  expect(await world.again()).toMatchObject({ posted: 0, edited: 0 })
  expect([world.posts.length, world.edits]).toEqual(before)
}
