import type { CommitTable } from '../../core/columns/commit-table.ts'
import type { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import type { GroupReading } from '../../core/reading.ts'
import type { Scan } from '../requests/scan.ts'
import { fetchOffsets } from './fetch-offsets.ts'
import type { FoundTopic } from './find-topics.ts'
import type { KnownGroup } from './known-groups.ts'

/**
 * An offset that was fetched just before its topic was deleted and recreated would look like an offset of the new
 * topic. So the groups of such a topic are fetched once more, now that the new topic is known. Groups without an answer
 * are removed from `groups`, as unknown for now.
 */
export async function refetchRecreated(
  scan: Scan,
  { previous, known }: { previous: CommitTable | undefined; known: ReadonlyMap<string, KnownGroup> },
  topics: ReadonlyMap<string, FoundTopic>,
  groups: Map<string, GroupReading>,
  offsets: CommittedOffsets,
): Promise<void> {
  const recreated = recreatedTopics(previous, topics)
  if (recreated.size === 0) return

  const affected = [...groups].flatMap(([group, { from, to }]) =>
    offsets.topic.slice(from, to).some(topic => recreated.has(topic)) ? [group] : [],
  )
  const fetched = await fetchOffsets(scan, affected, known, offsets)
  for (const group of affected) {
    const [reading, again] = [groups.get(group), fetched.get(group)]
    if (reading && again) groups.set(group, { ...reading, ...again })
    else groups.delete(group)
  }
}

/** Topics that had another id in the last snapshot. */
function recreatedTopics(
  previous: CommitTable | undefined,
  topics: ReadonlyMap<string, FoundTopic>,
): ReadonlySet<string> {
  const recreated = new Set<string>()
  if (previous === undefined) return recreated

  const { topic, topic_id, gone_reason } = previous.columns
  let last: string | null = null
  for (let i = 0; i < previous.length; i++) {
    const [name, id] = [topic.get(i), topic_id.get(i)]
    // A group's partitions of one topic are next to each other.
    if (name === last || name === null || gone_reason.get(i)) continue
    last = name
    const now = topics.get(name)?.reading.id
    if (id && now && id !== now) recreated.add(name)
  }
  return recreated
}
