import type { JavaClients } from '../brokers/clients/java-clients.ts'
import { configureTopic, createTopic, produce } from '../brokers/clients/topics.ts'

/** The groups of the demo. Each has a habit that decides whether Kafka deletes its offset. */
export interface Cast {
  /** What each group does, for a newcomer. */
  roles: readonly (readonly [group: string, habit: string])[]
  /** report stops, ledger switches to assign(), and billing commits for the last time. */
  part(): Promise<void>
  /** The groups that keep running commit once more. */
  work(): Promise<void>
  /** ledger has kept running, and commits its progress. */
  ledgerGoesOn(): Promise<void>
  /** billing's consumer restarts, and commits after a few records. Returns the offset at which it started. */
  billingRestarts(): Promise<bigint>
  billingStops(): Promise<void>
  /**
   * shipping's consumer restarts, reads the first record that is left, and commits. Returns the offset of that record.
   */
  shippingGoesOn(): Promise<bigint>
  /** A record arrives; billing's consumer starts, reads it and commits. Returns the offset of its first record. */
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

/** Number of records in shipping's topic, and number of records that shipping reads before it stops reading. */
export const shipments = { records: 40, read: 3 }

const roles: Cast['roles'] = [
  [
    'billing',
    'uses assign() instead of subscribe(), and has read every record of a topic that gets no new ones',
  ],
  ['pricing', 'uses assign(), too, and commits all the time'],
  ['orders', 'subscribes, and keeps running'],
  ['parcels', 'subscribes with the new protocol (KIP-848), and keeps running'],
  ['report', 'subscribes, and will be stopped soon'],
  ['ledger', 'subscribes, and will switch to assign() soon'],
  [
    'shipping',
    `subscribes, and stops reading after ${shipments.read} of ${shipments.records} records; its topic keeps records for one minute`,
  ],
]

/** Creates every group, each with a first commit. */
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
      // Then ledger pauses: a commit between the deletion and the next snapshot would hide the loss.
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
