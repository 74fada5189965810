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
const unsupported = 'not supported'

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
      'The right to read the settings of brokers does not exist there, so set `retention`. Exact ages need the right to read `__consumer_offsets`.',
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
    because: '`__consumer_offsets` is hidden there. Set `retention` if the brokers do not reveal it.',
  },
  {
    name: 'Redpanda',
    cells: { ...expected, ages: observed },
    because:
      'It puts groups into other partitions of `__consumer_offsets` than Kafka does. It does not reveal its retention, so set `retention`; for clusters older than 23.1 set it to `never`. It has no topic ids, so only the log can show that a topic was recreated. According to its source code, its rules are those of classic groups.',
  },
  {
    name: 'WarpStream',
    cells: { ...expected, ages: observed, rules: 'not known' },
    because:
      'It supports the requests that are needed. It has its own group coordinator, and its vendor does not publish when that coordinator deletes offsets, so set `retention`.',
  },
  {
    name: 'Azure Event Hubs',
    cells: {
      doctor: 'expected',
      snapshot: unsupported,
      ages: unsupported,
      lookup: unsupported,
      restore: unsupported,
      rules: unsupported,
    },
    because:
      'It seems to list groups only while they have members, so the watchdog cannot see that a stopped group loses its offsets. `doctor` reports this.',
  },
]
