import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { randomCases } from '../../random-cases.ts'
import { BusWorld, steps } from './events.ts'

// Random histories of groups, settings, the alert state, the bus and the runs. The tests check what subscribers have
// received at the end.

/** `npm run histories` sets HISTORIES. */
const numRuns = Number(process.env.HISTORIES ?? randomCases(125))

test(
  'each incident is opened and closed once, in order, and no event breaks a silence',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async history => {
        const world = new BusWorld()
        for (const step of history) await world.take(step)
        await world.settle()

        const { incidents, troubles } = world.state
        const open = new Set([
          ...incidents.filter(({ closed }) => closed === null).map(({ id }) => `prod/${id}`),
          ...troubles.filter(({ over }) => over === null).map(({ kind, since }) => `prod/${kind}-${since}`),
        ])
        const actions = actionsByKey(world)
        for (const [key, happened] of actions)
          expect([key, happened.join(' ')]).toEqual([key, allowed(open.has(key))])
        expect(world.wrongs).toEqual([])
        expect([...actions.keys()]).toEqual(expect.arrayContaining([...open]))
      }),
      { numRuns },
    )
  },
  60_000 + 500 * numRuns,
)

/**
 * If a run died before it saved an accepted opening, the next run opens the key again, or closes a key that was never
 * opened.
 */
const allowed = (isOpen: boolean) =>
  expect.stringMatching(
    isOpen
      ? /^opened( opened)*( escalated| acknowledged)*$/
      : /^(opened( opened)*( escalated| acknowledged)* )?closed$/,
  )

/** The actions of each key, in order. The same event may arrive twice: the first arrival counts. */
function actionsByKey({ received }: BusWorld): Map<string, string[]> {
  const ids = new Set<string>()
  const actions = new Map<string, string[]>()
  for (const { detail } of received) {
    if (!('key' in detail) || ids.has(detail.id)) continue
    ids.add(detail.id)
    actions.set(detail.key, [...(actions.get(detail.key) ?? []), detail.action])
  }
  return actions
}
