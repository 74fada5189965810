import type { JavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic, produce } from '../brokers/clients/topics.ts'

/** The groups of the demo, each with a habit that decides what becomes of its offsets. */
export interface Cast {
  /** What each group does, for a newcomer. */
  roles: readonly (readonly [group: string, habit: string])[]
  /** report stops, ledger goes over to assign(), and billing commits for the last time. */
  part(): Promise<void>
  /** Those that go on commit once more. */
  work(): Promise<void>
  /** ledger, which has run on, commits what it has read since. */
  ledgerGoesOn(): Promise<void>
  /** billing's consumer starts anew, and commits after a few records. Returns the offset at which it was put. */
  billingRestarts(): Promise<bigint>
  billingStops(): Promise<void>
  /** A record arrives, and billing's consumer starts, reads and commits. Returns the offset of the first record it got. */
  billingResumes(): Promise<bigint>
}

/** The one partition in which a group has an offset. */
export const placeOf = {
  billing: { topic: 'billing.invoices', partition: 0 },
  ledger: { topic: 'shop.payments', partition: 0 },
  orders: { topic: 'shop.orders', partition: 0 },
  parcels: { topic: 'shop.parcels', partition: 0 },
  pricing: { topic: 'shop.prices', partition: 0 },
  report: { topic: 'shop.orders', partition: 0 },
}

export type Group = keyof typeof placeOf

export const groups: readonly Group[] = ['billing', 'ledger', 'orders', 'parcels', 'pricing', 'report']

const roles: Cast['roles'] = [
  ['billing', 'takes its partition by assign(), and has read all of a topic that is quiet now'],
  ['pricing', 'takes its partition by assign(), too, and commits all the time'],
  ['orders', 'subscribes, and runs'],
  ['parcels', 'subscribes by the new protocol (KIP-848), and runs'],
  ['report', 'subscribes, and is about to be stopped'],
  ['ledger', 'subscribes, and is about to take its partition by assign() instead'],
]

/** Makes every group, with a first commit each. */
export async function castOf(bootstrap: readonly string[], clients: JavaClients): Promise<Cast> {
  await createTopic(bootstrap, placeOf.billing.topic, { records: 20 })
  for (const group of ['ledger', 'orders', 'parcels', 'pricing'] as const)
    await createTopic(bootstrap, placeOf[group].topic, { records: 100 })

  const consumers = {
    billing: clients.classic('billing'),
    ledger: clients.classic('ledger'),
    orders: clients.classic('orders'),
    parcels: clients.consumer('parcels'),
    pricing: clients.classic('pricing'),
    report: clients.classic('report'),
  }
  const commit = (group: Group, offset: number) =>
    consumers[group].commit({ ...placeOf[group], offset: BigInt(offset) })

  await Promise.all([
    ...(['billing', 'pricing'] as const).map(group => consumers[group].assign(placeOf[group])),
    ...(['ledger', 'orders', 'parcels', 'report'] as const).map(group =>
      consumers[group].subscribe(placeOf[group].topic),
    ),
  ])
  await Promise.all([
    commit('billing', 19),
    commit('ledger', 2),
    commit('orders', 8),
    commit('parcels', 9),
    commit('pricing', 5),
    commit('report', 12),
  ])

  let rounds = 0
  let goesOn = false
  return {
    roles,

    async part() {
      await Promise.all([consumers.report.close(), consumers.ledger.close()])
      consumers.ledger = clients.classic('ledger')
      await consumers.ledger.assign(placeOf.ledger)
      await Promise.all([commit('ledger', 3), commit('billing', 20)])
    },

    async work() {
      rounds += 1
      await Promise.all([commit('pricing', 5 + rounds), commit('orders', 8 + rounds)])
      // Not later: a commit between the deletion and the next snapshot would hide the loss.
      if (rounds < 5) await commit('ledger', 3 + rounds)
      if (goesOn) await commit('ledger', 40 + rounds)
    },

    async ledgerGoesOn() {
      goesOn = true
      await commit('ledger', 40 + rounds)
    },

    async billingRestarts() {
      await consumers.billing.close()
      const first = await billingStarts()
      await commit('billing', Number(first) + 5)
      return first
    },

    billingStops: () => consumers.billing.close(),

    async billingResumes() {
      await produce(bootstrap, placeOf.billing.topic, { records: 1 })
      const first = await billingStarts()
      await commit('billing', Number(first) + 1)
      return first
    },
  }

  async function billingStarts(): Promise<bigint> {
    consumers.billing = clients.classic('billing', { 'auto.offset.reset': 'earliest' })
    await consumers.billing.assign(placeOf.billing)
    const [first] = await consumers.billing.poll(10_000)
    if (first === undefined) throw new Error('billing was given no record')
    return first.offset
  }
}
