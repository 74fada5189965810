import { isTooOld, type SnapshotHead } from '../snapshot.ts'
import type { AlertState, Heartbeat, Trouble } from './alert-state.ts'
import type { TroubleNotice } from './notice.ts'
import { type Due, type DueContext, due, dueOnce, placeOf, type Slot } from './posting.ts'

/** One snapshot that is not complete may be a broker that restarts. */
const IN_A_ROW = 3

/** ms */
export interface Pulse {
  now: number
  /** Between two snapshots. */
  interval: number
  clockSkew: number
  /** Why newer snapshots cannot be used, a sentence each. */
  unusable: readonly string[]
  /** The snapshot is older than one that was watched before. */
  isStale: boolean
}

/**
 * What is wrong with the watchdog itself: it has taken no snapshot for two intervals, three in a row were not complete,
 * it may see less than before, or newer snapshots cannot be used.
 * @param head of the newest snapshot that can be used; undefined where there is none
 */
export function withHeartbeat(state: AlertState, head: SnapshotHead | undefined, pulse: Pulse): AlertState {
  const { now, interval, clockSkew, unusable, isStale } = pulse
  const before = state.heartbeat ?? {
    since: now,
    incomplete: 0,
    couldReadAll: false,
    couldReadLog: false,
    troubles: [],
  }
  const isNew = head !== undefined && !isStale && head.takenAt !== state.watched
  const heartbeat = isNew ? counted(before, head) : before

  const found = new Map<Trouble['kind'], string[]>()
  if (isTooOld(head ?? { takenAt: heartbeat.since, clockSkew }, now, 2 * interval)) found.set('silent', [])
  if (unusable.length > 0) found.set('unusable', [...unusable])
  if (heartbeat.incomplete >= IN_A_ROW) found.set('incomplete', (head?.problems ?? []).map(say))
  const lost = head && !isStale ? lostRights(heartbeat, head) : lostBefore(heartbeat)
  if (lost.length > 0) found.set('rights-lost', lost)

  const known = heartbeat.troubles.flatMap((trouble): Trouble[] => {
    if (found.has(trouble.kind)) return [trouble.over === null ? trouble : began(trouble.kind)]
    // What was never told need not be told to be over; what was told to be over is forgotten.
    if (trouble.parent === null || trouble.closed?.status === 'posted') return []
    return [{ ...trouble, over: trouble.over ?? now }]
  })
  const isKnown = (kind: Trouble['kind']) => known.some(trouble => trouble.kind === kind)
  const begun = [...found.keys()].filter(kind => !isKnown(kind)).map(began)
  return { ...state, heartbeat: { ...heartbeat, troubles: [...known, ...begun] } }

  function began(kind: Trouble['kind']): Trouble {
    return {
      kind,
      since: now,
      over: null,
      details: (found.get(kind) ?? []).slice(0, 5),
      parent: null,
      closed: null,
    }
  }
}

const say = ({ message }: { message: string }): string => message

/** A snapshot that was not looked at before. */
function counted(heartbeat: Heartbeat, { complete, problems, mode }: SnapshotHead): Heartbeat {
  return {
    ...heartbeat,
    incomplete: complete ? 0 : heartbeat.incomplete + 1,
    couldReadAll: heartbeat.couldReadAll || !problems.some(isRight),
    couldReadLog: heartbeat.couldReadLog || mode === 'exact' || mode === 'catching-up',
  }
}

const isRight = ({ code }: SnapshotHead['problems'][number]): boolean => code === 'not-authorized'

function lostRights({ couldReadAll, couldReadLog }: Heartbeat, { problems, mode }: SnapshotHead): string[] {
  return [
    ...(couldReadAll ? problems.filter(isRight).map(say) : []),
    ...(couldReadLog && mode === 'observed'
      ? ['It reads __consumer_offsets no more, so commit times are bounds again.']
      : []),
  ]
}

/** An old snapshot does not tell what the watchdog may see now. */
const lostBefore = ({ troubles }: Heartbeat): string[] =>
  troubles.find(({ kind, over }) => kind === 'rights-lost' && over === null)?.details ?? []

/** Each trouble is said once, and once that it is over. */
export function troubleMessages(
  { cluster, heartbeat }: AlertState,
  context: Pick<DueContext, 'now' | 'postingTakes'> & { takenAt: number | null; interval: number },
): Due[] {
  return (heartbeat?.troubles ?? []).flatMap(trouble => {
    const { kind, over, parent, closed } = trouble
    const of = { type: 'trouble', kind } as const
    const { takenAt, now, interval } = context
    const notice = {
      type: 'trouble',
      cluster,
      trouble,
      slot: 'parent',
      takenAt,
      now,
      interval,
    } satisfies TroubleNotice

    const place = placeOf(parent)
    const says = over === null ? 'began' : 'over'
    if (place === undefined) {
      const slots: Slot[] = over === null ? ['parent'] : ['parent', 'closed']
      return due(parent, { of, says, slots, notice }, context)
    }
    const reply = {
      of,
      says,
      slots: ['closed' as const],
      thread: place,
      broadcast: true,
      notice: { ...notice, slot: 'closed' as const },
    }
    return [
      ...due(parent, { of, says, notice }, context),
      ...(over === null ? [] : dueOnce(closed, reply, context)),
    ]
  })
}
