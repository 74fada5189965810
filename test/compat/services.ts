import type { Feature } from './story.ts'

/** A service that tests cannot use, with the support that its vendor's documentation suggests. */
export interface ServiceRow {
  name: string
  cells: Record<Feature | 'rules', string>
  because: string
}

const expected: ServiceRow['cells'] = {
  doctor: 'expected',
  snapshot: 'expected',
  ages: 'expected',
  lookup: 'expected',
  restore: 'expected',
  rules: 'expected',
}
const observed = 'expected, observed only'
const no = 'not supported'

export const services: ServiceRow[] = [
  {
    name: 'Amazon MSK',
    cells: expected,
    because: "Its brokers are Apache Kafka's. Exact ages need the right to read `__consumer_offsets`.",
  },
  {
    name: 'Amazon MSK Serverless',
    cells: expected,
    because:
      'The right to read the settings of brokers does not exist there, so `retention` has to be set. Exact ages need the right to read `__consumer_offsets`.',
  },
  {
    name: 'Aiven for Apache Kafka',
    cells: expected,
    because: "Its brokers are Apache Kafka's.",
  },
  {
    name: 'Strimzi',
    cells: expected,
    because: "Its brokers are Apache Kafka's.",
  },
  {
    name: 'Confluent Cloud',
    cells: { ...expected, ages: observed },
    because: '`__consumer_offsets` is hidden there. Set `retention` where the brokers do not tell it.',
  },
  {
    name: 'Redpanda',
    cells: { ...expected, ages: observed },
    because:
      'It puts groups into other partitions of `__consumer_offsets` than Kafka does, and does not tell its retention: `retention` has to be set, to `never` for clusters older than 23.1. It tells no topic ids, so the log has to show whether a topic was recreated. Its rules are those of classic groups, by its source.',
  },
  {
    name: 'WarpStream',
    cells: { ...expected, ages: observed, rules: no },
    because:
      'It has the requests that are needed, and a group coordinator of its own: when that deletes offsets is not published.',
  },
  {
    name: 'Azure Event Hubs',
    cells: { doctor: 'expected', snapshot: no, ages: no, lookup: no, restore: no, rules: no },
    because:
      'It lists groups only while they have members, so the loss of a stopped group cannot be seen. `doctor` says so.',
  },
]
