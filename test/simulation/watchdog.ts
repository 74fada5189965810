import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { merge } from '../../functions/core/evidence/merge.ts'
import type { Commit, GroupKind } from '../../functions/core/model/commit.ts'
import { aReading, dead, groupOf, type SeenGroup, type SeenOffset } from '../core/readings.ts'
import type { Action, Pass } from './actions.ts'
import { type Group, groupNames, keys, RETENTION, type SimulatedKafka, SKEW, SWEEP } from './kafka.ts'

export const brokers = [0, 1].map(broker => ({
  broker,
  retention: RETENTION,
  sweep: SWEEP,
  source: 'broker' as const,
}))

export const keyOf = ({ topic, partition }: Commit) => `${topic}-${partition}`

export const nameOf = (row: Commit) => `${row.group} ${keyOf(row)}`

/** The result of one pass for the earlier rows. */
export interface Taken {
  before: readonly Commit[]
  after: readonly Commit[]
  /** Names of the rows that the answers reported as present or absent. */
  answered: ReadonlySet<string>
  /** Number of offsets that had vanished by then. */
  fetchedAt: number
}

/** Takes snapshots of a simulated Kafka, like jobs/take-snapshot does with a real one. */
export class Watchdog {
  rows: readonly Commit[] = []
  #previousReadAt: number | null = null
  readonly #kafka: SimulatedKafka

  constructor(kafka: SimulatedKafka) {
    this.#kafka = kafka
  }

  /** @param act performs the events during the pass */
  take({ unread, meanwhile: [first, second, third] }: Pass, act: (action: Action) => void): Taken {
    const [kafka, before] = [this.#kafka, this.rows]
    const startedAt = kafka.now
    kafka.wait(1)
    first.forEach(act)

    const described = groupNames.flatMap(name => {
      const known = before.filter(({ group, gone }) => group === name && gone === null)
      const [group, kind] = [kafka.groups.get(name), known[0]?.kind]
      if (unread.includes(name) || (group === undefined && kind === undefined)) return []
      return [
        { name, known: known.map(keyOf), seen: describe(group, kind ?? 'unknown', kafka.pendingGuards) },
      ]
    })
    second.forEach(act)

    const fetched = described.map(
      ({ name, known, seen }) => [name, fetch(seen, kafka.groups.get(name), known)] as const,
    )
    const fetchedAt = kafka.vanished.length
    third.forEach(act)

    const reading = aReading(startedAt, Object.fromEntries(fetched), {
      brokers,
      takes: kafka.now - startedAt,
    })
    const table = merge(CommitTable.from(before), reading, {
      previousReadAt: this.#previousReadAt,
      clockSkew: SKEW,
      restored: [],
      keepsMetadata: () => true,
      keepsMembers: () => true,
      keepsGone: () => Infinity,
    })
    this.#previousReadAt = reading.finishedAt
    this.rows = [...table]
    const answered = fetched.flatMap(([name, { offsets, absent }]) =>
      [...Object.keys(offsets), ...absent].map(key => `${name} ${key}`),
    )
    return { before, after: this.rows, answered: new Set(answered), fetchedAt }
  }
}

function describe(group: Group | undefined, known: GroupKind, pendingGuards: boolean): SeenGroup {
  if (group === undefined) return { ...dead(known), pendingGuards }
  const { protocol, hasMembers, subscribed, coordinator } = group
  const protocolType = {
    none: '',
    classic: 'consumer',
    connect: 'connect',
    consumer: 'consumer',
    streams: 'streams',
  }
  const kind = protocol === 'none' ? 'simple' : protocol === 'connect' ? 'classic' : protocol
  return groupOf({ kind, state: hasMembers ? 'Stable' : 'Empty', protocolType: protocolType[protocol] })(
    {},
    { coordinator, pendingGuards, subscribed },
  )
}

/** A missing offset is absent, unless a transaction may bring it back; then it is unknown. */
function fetch(described: SeenGroup, group: Group | undefined, known: string[]): SeenGroup {
  const offsets: Record<string, SeenOffset> = {}
  const absent: string[] = []
  for (const key of keys) {
    const [committed, pending] = [group?.offsets.get(key), group?.pending.has(key) ?? false]
    if (committed) offsets[key] = { offset: committed.value, pending }
    else if (known.includes(key) && !pending) absent.push(key)
  }
  const isRecreated = described.state === 'Dead' && Object.keys(offsets).length > 0
  return {
    ...described,
    kind: isRecreated ? 'unknown' : described.kind,
    coordinator: group?.coordinator ?? described.coordinator,
    offsets,
    absent,
  }
}
