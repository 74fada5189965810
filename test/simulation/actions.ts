import fc from 'fast-check'
import { type GroupName, groupNames, type Key, keys, type SimulatedKafka, type Topic } from './kafka.ts'

export type Action =
  | { do: 'wait'; ms: number }
  /** With 0, the same offset is committed again. */
  | { do: 'commit'; group: GroupName; key: Key; by: bigint }
  /** A consumer without an offset starts at the position of auto.offset.reset, and commits it. */
  | { do: 'come back'; group: GroupName; key: Key; at: bigint }
  /** A person sets the offset back. */
  | { do: 'move back'; group: GroupName; key: Key }
  | { do: 'begin transaction'; group: GroupName; key: Key }
  | { do: 'commit transaction' | 'abort transaction'; group: GroupName; key: Key }
  | { do: 'start'; group: GroupName; topics: Topic[] }
  | { do: 'stop' | 'delete'; group: GroupName }
  /** A broker loads the group: another broker, or the same one again. */
  | { do: 'load'; group: GroupName; broker: number }

export function perform(action: Action, kafka: SimulatedKafka): void {
  const at = (key: Key) =>
    'group' in action ? kafka.groups.get(action.group)?.offsets.get(key)?.value : undefined
  switch (action.do) {
    case 'wait':
      kafka.wait(action.ms)
      break
    case 'commit':
      // A running consumer keeps its position in memory, even after its offset has expired.
      kafka.commit(action.group, action.key, (at(action.key) ?? 50n) + action.by)
      break
    case 'come back':
      if (at(action.key) === undefined) kafka.commit(action.group, action.key, action.at)
      break
    case 'move back':
      if (!kafka.groups.get(action.group)?.hasMembers && at(action.key))
        kafka.commit(action.group, action.key, 0n)
      break
    case 'begin transaction':
      kafka.beginTransaction(action.group, action.key, (at(action.key) ?? 50n) + 1n)
      break
    case 'commit transaction':
    case 'abort transaction':
      kafka.endTransaction(action.group, action.key, action.do === 'commit transaction')
      break
    case 'start':
      kafka.start(action.group, new Set(action.topics))
      break
    case 'stop':
      kafka.stop(action.group)
      break
    case 'delete':
      kafka.remove(action.group)
      break
    case 'load':
      kafka.load(action.group, action.broker)
  }
}

const group = fc.constantFrom(...groupNames)
const key = fc.constantFrom(...keys)
const one = <T extends Action['do']>(name: T) => ({ do: fc.constant(name), group })
const ofKey = <T extends Action['do']>(name: T) => ({ ...one(name), key })

const ms = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 60, max: 400 }),
  fc.integer({ min: 400, max: 1300 }),
)
const topics = fc.constantFrom<Topic[]>(['a', 'b'], ['a', 'b'], ['a'])

export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait'), ms }) },
  { weight: 8, arbitrary: fc.record({ ...ofKey('commit'), by: fc.bigInt(0n, 3n) }) },
  { weight: 3, arbitrary: fc.record({ ...ofKey('come back'), at: fc.constantFrom(0n, 100n) }) },
  { weight: 1, arbitrary: fc.record(ofKey('move back')) },
  { weight: 1, arbitrary: fc.record(ofKey('begin transaction')) },
  { weight: 1, arbitrary: fc.record(ofKey('commit transaction')) },
  { weight: 1, arbitrary: fc.record(ofKey('abort transaction')) },
  { weight: 2, arbitrary: fc.record({ ...one('start'), topics }) },
  { weight: 2, arbitrary: fc.record(one('stop')) },
  { weight: 1, arbitrary: fc.record(one('delete')) },
  { weight: 1, arbitrary: fc.record({ ...one('load'), broker: fc.nat(1) }) },
)

/**
 * One pass over the cluster, with the events before the groups are described, before the offsets are fetched, and after
 * that.
 */
export interface Pass {
  unread: GroupName[]
  meanwhile: [Action[], Action[], Action[]]
}

export const undisturbed: Pass = { unread: [], meanwhile: [[], [], []] }

const few = fc.array(action, { maxLength: 2 })

const unread: fc.Arbitrary<GroupName[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<GroupName[]>([]) },
  { weight: 1, arbitrary: fc.subarray(groupNames) },
)
const meanwhile: fc.Arbitrary<Pass['meanwhile']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undisturbed.meanwhile) },
  { weight: 1, arbitrary: fc.tuple(few, few, few) },
)

export const pass: fc.Arbitrary<Pass> = fc.record({ unread, meanwhile })
