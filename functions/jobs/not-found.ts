import { matches } from '../core/glob.ts'
import { Failure } from '../core/model/failure.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { nearestOf } from '../text/nearest.ts'
import { shellQuoted } from '../text/shell.ts'
import { unseen, visible } from '../text/visible.ts'

/** One cluster does not have the group. With several clusters, another one may have it. */
export class UnknownGroup extends Failure {}

export function unknownGroup(group: string, { head, commits }: Snapshot): UnknownGroup {
  const entry = head.neverCommitted.find(entry => matches(group, entry.group))
  if (entry)
    return new UnknownGroup(
      `cluster "${head.cluster}" has no offsets of group ${JSON.stringify(entry.group)}: its members own partitions of ` +
        `topic ${JSON.stringify(entry.topic)} and have never committed. Check that the group commits its offsets.`,
    )
  const known = new Set(commits.columns.group_id.strings)
  const shownSo = [...known].filter(name => visible(name) === group)
  const near = (shownSo.length > 0 ? shownSo : nearestOf(group, known, 3)).map(copyable)
  const remedy = near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`status` lists the known groups.'
  return new UnknownGroup(
    `cluster "${head.cluster}" has no offsets of a group ${JSON.stringify(group)}: ${remedy}`,
  )
}

/** Quotes a name for the next command. Invisible characters become escapes. */
const copyable = (name: string) => (unseen.test(name) ? shellQuoted(name) : JSON.stringify(name))

/** @param skipped why the existing snapshots cannot be used, a sentence each */
export function noSnapshot(cluster: string, skipped: readonly string[] = [], remedy = nextSnapshot): Failure {
  const [first] = skipped
  if (first === undefined) {
    const sentence = `cluster "${cluster}" has no snapshot yet: take one with \`snapshot\`, or check WATCHDOG_STORE.`
    return new Failure(sentence)
  }
  const others = skipped.length > 1 ? ` (and ${skipped.length - 1} more)` : ''
  const why = first.replace(/\.$/, '')
  return new Failure(`cluster "${cluster}" has no usable snapshot: ${why}${others}. ${remedy}`)
}

const nextSnapshot = 'Take one with `snapshot`, and find out what happened to the earlier ones.'
