import fc from 'fast-check'
import { DAY, HOUR, MINUTE } from '../../core/readings.ts'
import { groups, keyOf, PARTITIONS } from './kafka.ts'
import { type Course, course, undisturbed } from './processes.ts'

const channels = ['#kafka', '#team'] as const
export const jobs = ['snapshot', 'watch', 'snapshot and watch', 'prune'] as const

/** Possible events of a cluster, and actions of the people who run the watchdog. */
export type Step =
  | { do: 'wait'; ms: number }
  | { do: 'commit' | 'vanish'; key: string }
  | { do: 'come back'; key: string; isRestored: boolean }
  | { do: 'commit with an expiry'; key: string; expiresAt: bigint }
  | { do: 'lose all of'; group: string }
  | { do: 'set the clock'; by: number }
  | { do: 'put the clock right' | 'back up' | 'restore the backup' }
  /** Counted back from the newest snapshot. */
  | { do: 'damage'; nth: number; kind: number; bit: number }
  | { do: 'remove'; nth: number }
  | { do: 'Kafka'; isAway: boolean }
  | { do: 'channel'; name: string; refuses: boolean }
  | { do: 'run'; jobs: (typeof jobs)[number][]; course: Course }
  | { do: 'only watch' }

const key = fc
  .record({ group: fc.constantFrom(...groups), partition: fc.nat({ max: PARTITIONS - 1 }) })
  .map(keyOf)
const ms = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: MINUTE, max: 5 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: DAY, max: 20 * DAY }) },
)
const nth = fc.nat({ max: 2 })
const just = <T extends Step['do']>(name: T) => ({ do: fc.constant(name) })

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ ...just('wait'), ms }) },
    { weight: 5, arbitrary: fc.record({ ...just('commit'), key }) },
    { weight: 4, arbitrary: fc.record({ ...just('vanish'), key }) },
    { weight: 2, arbitrary: fc.record({ ...just('come back'), key, isRestored: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        ...just('commit with an expiry'),
        key,
        expiresAt: fc.oneof(
          fc.constantFrom(2n ** 63n - 1n, 2n ** 53n, 8_640_000_000_000_001n, -(2n ** 63n), 0n),
          fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ ...just('lose all of'), group: fc.constantFrom(...groups) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        ...just('set the clock'),
        by: fc.oneof(fc.integer({ min: -HOUR, max: HOUR }), fc.integer({ min: -40 * DAY, max: 40 * DAY })),
      }),
    },
    { weight: 2, arbitrary: fc.record(just('put the clock right')) },
    { weight: 1, arbitrary: fc.record(just('back up')) },
    { weight: 1, arbitrary: fc.record(just('restore the backup')) },
    { weight: 2, arbitrary: fc.record({ ...just('damage'), nth, kind: fc.nat({ max: 1 }), bit: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ ...just('remove'), nth }) },
    { weight: 1, arbitrary: fc.record({ ...just('Kafka'), isAway: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        ...just('channel'),
        name: fc.constantFrom(...channels),
        refuses: fc.boolean(),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        ...just('run'),
        jobs: fc.array(fc.constantFrom(...jobs), { minLength: 1, maxLength: 3 }),
        course: fc.oneof(fc.constant(undisturbed), course(30)),
      }),
    },
    { weight: 2, arbitrary: fc.record(just('only watch')) },
  ),
  { minLength: 3, maxLength: 40 },
)
