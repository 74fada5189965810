import type { JavaClients } from '../brokers/clients/java-clients.ts'
import { configureTopic, createTopic, produce } from '../brokers/clients/topics.ts'

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
  /** shipping's consumer starts anew, reads the first record that is left, and goes on. Returns the offset of that record. */
  shippingGoesOn(): Promise<bigint>
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
  shipping: { topic: 'shop.shipments', partition: 0 },
}

export type Group = keyof typeof placeOf

export const groups: readonly Group[] = [
  'billing',
  'ledger',
  'orders',
  'parcels',
  'pricing',
  'report',
  'shipping',
]

/** Records of shipping's topic, and how many of them it reads before it stands still. */
export const shipments = { records: 40, read: 3 }

const roles: Cast['roles'] = [
  ['billing', 'takes its partition by assign(), and has read all of a topic that is quiet now'],
  ['pricing', 'takes its partition by assign(), too, and commits all the time'],
  ['orders', 'subscribes, and runs'],
  ['parcels', 'subscribes by the new protocol (KIP-848), and runs'],
  ['report', 'subscribes, and is about to be stopped'],
  ['ledger', 'subscribes, and is about to take its partition by assign() instead'],
  [
    'shipping',
    `subscribes, and stands still after ${shipments.read} of ${shipments.records} records, whose topic keeps them for a minute`,
  ],
]

/** Makes every group, with a first commit each. */
export async function castOf(bootstrap: readonly string[], clients: JavaClients): Promise<Cast> {
  await createTopic(bootstrap, placeOf.billing.topic, { records: 20 })
  for (const group of ['ledger', 'orders', 'parcels', 'pricing'] as const)
    await createTopic(bootstrap, placeOf[group].topic, { records: 100 })
  await createTopic(bootstrap, placeOf.shipping.topic)
  await configureTopic(bootstrap, placeOf.shipping.topic, { 'retention.ms': '60000', 'segment.ms': '15000' })
  await produce(bootstrap, placeOf.shipping.topic, { records: shipments.records })

  const consumers = {
    billing: clients.classic('billing'),
    ledger: clients.classic('ledger'),
    orders: clients.classic('orders'),
    parcels: clients.consumer('parcels'),
    pricing: clients.classic('pricing'),
    report: clients.classic('report'),
    shipping: clients.classic('shipping'),
  }
  const commit = (group: Group, offset: number) =>
    consumers[group].commit({ ...placeOf[group], offset: BigInt(offset) })

  await Promise.all([
    ...(['billing', 'pricing'] as const).map(group => consumers[group].assign(placeOf[group])),
    ...(['ledger', 'orders', 'parcels', 'report', 'shipping'] as const).map(group =>
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
    commit('shipping', shipments.read),
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

    async shippingGoesOn() {
      await consumers.shipping.close()
      await produce(bootstrap, placeOf.shipping.topic, { records: 1 })
      consumers.shipping = clients.classic('shipping', { 'auto.offset.reset': 'earliest' })
      await consumers.shipping.subscribe(placeOf.shipping.topic)
      const [first] = await consumers.shipping.poll(10_000)
      if (first === undefined) throw new Error('shipping was given no record')
      await commit('shipping', Number(first.offset) + 1)
      return first.offset
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
