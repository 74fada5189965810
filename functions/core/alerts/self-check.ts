import { isTooOld, type SnapshotHead } from '../snapshot.ts'
import { MINUTE } from '../time.ts'
import type { AlertState, SelfCheck, Trouble } from './alert-state.ts'
import { isNewSnapshot } from './context.ts'
import { selfCheckKey } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'

/** A single incomplete snapshot may just be a broker that restarts. */
const IN_A_ROW = 3

/** Times in ms. */
export interface SelfCheckContext {
  now: number
  /** ms between two snapshots. */
  interval: number
  /** Why newer snapshots are not usable, one sentence each. */
  unusable: readonly string[]
  /** True if the snapshot is older than one that was watched before. */
  isStale: boolean
}

/**
 * Opens and closes troubles of the watchdog itself: no snapshot for two intervals, three incomplete snapshots in a row,
 * lost rights, or newer snapshots that are not usable.
 * @param head of the newest usable snapshot; undefined if there is none
 */
export function withSelfCheck(
  state: AlertState,
  head: SnapshotHead | undefined,
  { now, interval, unusable, isStale }: SelfCheckContext,
): AlertState {
  const before = state.selfCheck ?? { since: now, incomplete: 0, couldReadAll: false, couldReadLog: false }
  const selfCheck = head && isNewSnapshot(state, { ...head, isStale }) ? counted(before, head) : before

  const found = new Map<Trouble['kind'], string[]>()
  if (isTooOld(head ?? { takenAt: selfCheck.since, clockSkew: MINUTE }, now, 2 * interval))
    found.set('silent', [])
  if (unusable.length > 0) found.set('unusable', [...unusable])
  if (selfCheck.incomplete >= IN_A_ROW) found.set('incomplete', (head?.problems ?? []).map(sentence))
  const lost = head && !isStale ? lostRights(selfCheck, head) : lostBefore(state)
  if (lost.length > 0) found.set('rights-lost', lost)

  const known = state.troubles.flatMap((trouble): Trouble[] => {
    const posting = (part: 'parent' | 'reply/closed') => state.messages[selfCheckKey(trouble, part)]
    if (trouble.over === null && found.has(trouble.kind)) return [trouble]
    // A trouble is forgotten if it has no message, or if its end is posted.
    if (posting('parent') === undefined || posting('reply/closed')?.status === 'posted') return []
    return [{ ...trouble, over: trouble.over ?? now }]
  })
  const isKnown = (kind: Trouble['kind']) =>
    known.some(trouble => trouble.kind === kind && trouble.over === null)
  const begun = [...found.keys()].filter(kind => !isKnown(kind)).map(began)
  return { ...state, selfCheck, troubles: [...known, ...begun] }

  function began(kind: Trouble['kind']): Trouble {
    return { kind, since: now, over: null, details: (found.get(kind) ?? []).slice(0, 5) }
  }
}

const sentence = ({ message }: { message: string }): string => message

/** Counts a snapshot at its first watch. */
function counted(selfCheck: SelfCheck, { complete, problems, mode }: SnapshotHead): SelfCheck {
  return {
    ...selfCheck,
    incomplete: complete ? 0 : selfCheck.incomplete + 1,
    couldReadAll: selfCheck.couldReadAll || !problems.some(isRight),
    couldReadLog: selfCheck.couldReadLog || mode === 'exact' || mode === 'catching-up',
  }
}

const isRight = ({ code }: SnapshotHead['problems'][number]): boolean => code === 'not-authorized'

function lostRights({ couldReadAll, couldReadLog }: SelfCheck, { problems, mode }: SnapshotHead): string[] {
  return [
    ...(couldReadAll ? problems.filter(isRight).map(sentence) : []),
    ...(couldReadLog && mode === 'observed'
      ? ['The watchdog can no longer read __consumer_offsets, so commit times are bounds again, not exact.']
      : []),
  ]
}

/** A stale snapshot does not show the current rights, so a trouble about lost rights stays open. */
const lostBefore = ({ troubles }: AlertState): string[] =>
  troubles.find(({ kind, over }) => kind === 'rights-lost' && over === null)?.details ?? []

/** Each trouble is posted once, and so is its end. */
export function troubleMessages(
  { cluster, troubles }: AlertState,
  { takenAt, now, interval }: { takenAt: number | null; now: number; interval: number },
): AlertMessage[] {
  return troubles.flatMap(trouble => {
    const [parent, closed] = [selfCheckKey(trouble, 'parent'), selfCheckKey(trouble, 'reply/closed')]
    const isOver = trouble.over !== null
    const content = isOver ? 'over' : 'began'
    const notice = { type: 'trouble', cluster, trouble, takenAt, now, interval } as const
    const reply = { isFinal: true, after: parent, reply: 'broadcast' } as const
    return [
      alertMessage(parent, content, {
        covers: isOver ? [closed] : [],
        notice: { ...notice, slot: 'parent' },
      }),
      ...(isOver ? [alertMessage(closed, content, { ...reply, notice: { ...notice, slot: 'closed' } })] : []),
    ]
  })
}
