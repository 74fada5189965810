import type { KnownOffset, LookUpResult } from '../../jobs/look-up.ts'
import { count } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { command } from '../messages/command.ts'
import { layOut, type SlackMessage } from '../messages/layout.ts'
import { describeRecords } from '../messages/loss.ts'
import { ownerLine } from '../messages/owner.ts'
import { code, date, escaped, rows } from '../messages/text.ts'

/** An answer that only the person who asked sees. */
export interface EphemeralAnswer extends Partial<SlackMessage> {
  response_type: 'ephemeral'
  text: string
}

/**
 * A group's last known offsets in one cluster.
 * @param owner the owner in the group's route; `now` is in ms since the epoch
 */
export function offsetsAnswer(
  { head, group, kind, state, offsets, replacedBy, lastMember }: LookUpResult,
  owner: string | null,
  now: number,
): EphemeralAnswer {
  const isLost = offsets.some(({ status }) => status !== 'committed')
  const line = command('lookup', group, head.cluster)
  const { text, attachments } = layOut({
    colour: isLost ? 'red' : 'grey',
    headline: `${code(group)} on ${code(head.cluster)}: ${count(offsets.length, 'offset')}, ${kind === 'simple' ? 'a simple group' : `${kind}, ${state}`}.`,
    sections: [
      ownerLine({ owner, lastMember, now }),
      replacedBy === null
        ? ''
        : 'These offsets are from the earlier cluster with this name, not from the present one.',
      rows(offsets.values().map(row), offsets.length),
      line === null ? '' : `*All of them;* add \`--csv\` for a file:\n\`\`\`${escaped(line)}\`\`\``,
    ],
    footer: `Snapshot of ${date(head.takenAt)}${head.complete ? '' : ', which is incomplete'} · only you see this`,
    key: {},
  })
  return { response_type: 'ephemeral', text, attachments }
}

function row({ commit, status, offset, seenAt, reason, impact }: KnownOffset): string {
  return [
    `${code(commit.topic, 60)} ${commit.partition}: *${offset}*`,
    reason === 'topic-deleted' ? 'the topic is gone' : describeRecords({ impact }),
    status === 'reset' && `was reset, now ${commit.offset}`,
    status === 'gone' && 'gone',
    `last seen ${date(seenAt)}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The reason for a missing answer, as a message. */
export const apology = (why: string): EphemeralAnswer => ({
  response_type: 'ephemeral',
  text: escaped(visible(why).slice(0, 2_000)),
})
