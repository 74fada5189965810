import type { GroupConsumer, JavaClients } from '../kafka/clients/java-clients.ts'
import { createTopic } from '../kafka/clients/topics.ts'

/** The groups of the demo, each with a habit that decides what becomes of its offsets. */
export interface Cast {
  /** What each group does, for a newcomer. */
  roles: [group: string, habit: string][]
  /** Those that go on commit once more. */
  work(): Promise<void>
  /** Its last commit is what the demo is about. */
  billing: GroupConsumer
}

export const invoices = { topic: 'billing.invoices', partition: 0 }
const prices = { topic: 'shop.prices', partition: 0 }
const orders = { topic: 'shop.orders', partition: 0 }
const parcels = { topic: 'shop.parcels', partition: 0 }

const roles: Cast['roles'] = [
  ['billing', 'takes its partition by assign(); it has read all, and its topic is quiet now'],
  ['pricing', 'takes its partition by assign(), too, but keeps committing'],
  ['orders', 'subscribes, and is running'],
  ['report', 'subscribed, and was stopped just now'],
  ['parcels', 'subscribes by the new protocol (KIP-848), and is running'],
  ['ledger', 'used to subscribe; now it uses assign() and commits'],
]

/** Makes every group, with a first commit each. */
export async function castOf(bootstrap: readonly string[], clients: JavaClients): Promise<Cast> {
  await createTopic(bootstrap, invoices.topic, { records: 20 })
  for (const { topic } of [prices, orders, parcels]) await createTopic(bootstrap, topic, { records: 100 })
  const running = {
    billing: clients.classic('billing'),
    pricing: clients.classic('pricing'),
    orders: clients.classic('orders'),
    report: clients.classic('report'),
    parcels: clients.consumer('parcels'),
    ledger: clients.classic('ledger'),
  }

  await running.billing.assign(invoices)
  await running.billing.commit({ ...invoices, offset: 19n })
  await running.pricing.assign(prices)
  await running.pricing.commit({ ...prices, offset: 5n })
  await Promise.all([
    running.orders.subscribe(orders.topic),
    running.report.subscribe(orders.topic),
    running.parcels.subscribe(parcels.topic),
    running.ledger.subscribe(prices.topic),
  ])
  await running.orders.commit({ ...orders, offset: 8n })
  await running.report.commit({ ...orders, offset: 12n })
  await running.parcels.commit({ ...parcels, offset: 9n })
  await running.ledger.commit({ ...prices, offset: 2n })

  let worked = 0n
  return {
    roles,
    billing: running.billing,
    async work() {
      if (worked === 0n) {
        await running.report.close()
        await running.ledger.close()
        running.ledger = clients.classic('ledger')
        await running.ledger.assign(prices)
        await running.billing.commit({ ...invoices, offset: 20n })
      }
      worked += 1n
      await running.pricing.commit({ ...prices, offset: 5n + worked })
      await running.ledger.commit({ ...prices, offset: 2n + worked })
      await running.orders.commit({ ...orders, offset: 8n + worked })
    },
  }
}
