import type { NeverCommitted } from '../../core/model/never-committed.ts'
import { andOthers } from '../../text/count.ts'
import { date, name } from './format.ts'

export const neverCommittedView = (entries: readonly NeverCommitted[], now: number): string =>
  entries.map(entry => sentence(entry, now)).join('\n')

const sentence = ({ group, topic, partitions, since }: NeverCommitted, now: number): string => {
  const [first] = partitions
  return `${name(group)} has never committed an offset of ${name(topic)}-${first}${andOthers(partitions.length)}, which its members have owned since ${date(since, now)} or longer: the next start follows auto.offset.reset.`
}
