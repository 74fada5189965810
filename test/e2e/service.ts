import { afterEach } from '@jest/globals'
import { type FakeBroker, fakeBroker } from '../brokers/fake/fake-broker.ts'
import type { Shape } from '../brokers/fake/fake-cluster.ts'
import { type Taken, type Watchdog, watchdog } from './watchdog.ts'

export const open: AsyncDisposable[] = []
/** Closes what each test has opened. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
  })
}

export interface Service {
  kafka: FakeBroker['cluster']
  address: string
  store: string
  snapshot: () => Promise<Taken>
  cli: (args: string[]) => ReturnType<Watchdog['cli']>
}

/** Starts a service of this shape with a topic `orders` of 100 records, and a watchdog for it. */
export async function service(shape: Partial<Shape>, yaml?: string): Promise<Service> {
  const broker = await fakeBroker(shape)
  open.push(broker)
  const { cluster: kafka, address } = broker
  kafka.createTopic('orders', 2)
  kafka.produce('orders', 100)

  const dog = await watchdog({ KAFKA_BROKERS: address }, yaml)
  open.push(dog)
  return { kafka, address, store: dog.store, snapshot: () => dog.snapshot(), cli: args => dog.cli(args) }
}

/** Each commit may be gone at the next reading. */
export const expiresAtOnce = {
  'offsets.retention.minutes': '0',
  'offsets.retention.check.interval.ms': '1000',
}
