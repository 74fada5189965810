import type { GroupKind, Member } from '../../core/model/commit.ts'
import type { TopicPartitions } from '../../core/model/topic-partition.ts'
import {
  GROUP_ID_NOT_FOUND,
  INVALID_GROUP_ID,
  TOPIC_AUTHORIZATION_FAILED,
  UNSUPPORTED_VERSION,
} from '../protocol/error-codes.ts'
import type { Message } from '../protocol/message.ts'
import { consumerGroupDescribe } from '../protocol/messages/consumer-group-describe.ts'
import { describeGroups } from '../protocol/messages/describe-groups.ts'
import { streamsGroupDescribe } from '../protocol/messages/streams-group-describe.ts'
import { askCoordinators } from '../requests/coordinators.ts'
import type { Scan } from '../requests/scan.ts'
import { classicAssignment, consumerAssignment } from './assignments.ts'
import type { FoundGroup } from './list-groups.ts'
import {
  classicSubscription,
  consumerSubscription,
  type Subscription,
  streamsSubscription,
} from './subscriptions.ts'

/** A group as its coordinator describes it. */
export interface GroupDescription {
  kind: GroupKind
  /** The state in Kafka's spelling; `Dead` if the coordinator knows no such group. */
  state: string
  protocolType: string
  subscribed: Subscription
  /** Null if the group has no members, or if its members are not visible. */
  member: Member | null
  /** The members' partitions; undefined if unknown. */
  assigned: readonly TopicPartitions[] | undefined
}

const BATCH = 200
/**
 * Errors that mean: no such group. A broker answers UNSUPPORTED_VERSION if it knows the request but its protocol is
 * switched off.
 */
const notFound = [GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION]

/**
 * The empty group id is valid for classic groups only. The newer protocols answer INVALID_GROUP_ID, which means that
 * they have no such group.
 */
const errorOf = ({ group, error }: { group: string; error: number }): number =>
  group === '' && error === INVALID_GROUP_ID ? GROUP_ID_NOT_FOUND : error

type Protocol = 'classic' | 'consumer' | 'streams'

/** Each describe request finds groups of its own protocol only, so the likeliest protocol is asked first. */
const protocols: Record<GroupKind, readonly Protocol[]> = {
  simple: ['classic', 'consumer', 'streams'],
  classic: ['classic', 'consumer', 'streams'],
  consumer: ['consumer', 'classic', 'streams'],
  streams: ['streams', 'classic', 'consumer'],
  share: [],
  unknown: ['classic', 'consumer', 'streams'],
}

/** Describes groups. Groups missing from the result could not be described; the scan's problems say why. */
export async function describe(
  scan: Scan,
  groups: readonly FoundGroup[],
): Promise<Map<string, GroupDescription>> {
  const descriptions = new Map<string, GroupDescription>()
  let open = groups

  for (let turn = 0; open.length > 0; turn++) {
    const byProtocol = Map.groupBy(open, ({ kind }) => protocols[kind][turn])
    const next: FoundGroup[] = []

    await Promise.all(
      [...byProtocol].map(async ([protocol, asked]) => {
        if (protocol === undefined) {
          for (const found of asked) descriptions.set(found.group, undescribed(found))
          return
        }
        const answers = await asks[protocol](scan, asked)
        for (const found of asked) {
          const description = answers.get(found.group)
          if (description === 'not found') next.push(found)
          else if (description) descriptions.set(found.group, description)
        }
        scan.progress('groups', descriptions.size, groups.length)
      }),
    )
    open = next
  }
  return descriptions
}

/**
 * A group that no describe request finds is dead. A share group, or a listed group of a type that this code does not
 * know, keeps the state from the listing.
 */
const undescribed = ({ kind, state = 'Dead' }: FoundGroup): GroupDescription => ({
  kind,
  state: kind === 'share' || kind === 'unknown' ? state : 'Dead',
  protocolType: '',
  subscribed: new Set(),
  member: null,
  assigned: undefined,
})

type Answers = Map<string, GroupDescription | 'not found'>

const asks: Record<Protocol, (scan: Scan, groups: readonly FoundGroup[]) => Promise<Answers>> = {
  classic: (scan, groups) =>
    ask(scan, describeGroups, groups, described => {
      const { state, protocolType } = described
      if (state === 'Dead') return 'not found'
      // Kafka: ClassicGroup.isSimpleGroup.
      const kind = protocolType === '' && state === 'Empty' ? 'simple' : 'classic'
      const subscribed = classicSubscription(described)
      const assigned = classicAssignment(described)
      return { kind, state, protocolType, subscribed, member: memberOf(described), assigned }
    }),

  consumer: (scan, groups) =>
    ask(scan, consumerGroupDescribe, groups, (described, listed) => {
      if (described.error === TOPIC_AUTHORIZATION_FAILED) return concealed(scan, 'consumer', listed)
      const subscribed = consumerSubscription(described)
      return { ...descriptionOf('consumer', described, subscribed), assigned: consumerAssignment(described) }
    }),

  streams: (scan, groups) =>
    ask(scan, streamsGroupDescribe, groups, (described, listed) => {
      if (described.error === TOPIC_AUTHORIZATION_FAILED) return concealed(scan, 'streams', listed)
      const subscribed = streamsSubscription(described)
      return descriptionOf('streams', described, subscribed)
    }),
}

const descriptionOf = (
  kind: 'consumer' | 'streams',
  described: DescribedMembers & { state: string },
  subscribed: Subscription,
): GroupDescription => ({
  kind,
  state: described.state,
  protocolType: kind,
  subscribed,
  member: memberOf(described),
  assigned: undefined,
})

interface DescribedMembers {
  members: readonly { clientId: string; clientHost: string }[]
}

/** The first member by client id and host, so that the choice stays the same from one reading to the next. */
function memberOf({ members }: DescribedMembers): Member | null {
  const [first] = members
    .map(({ clientId, clientHost }) => ({ clientId, host: clientHost.replace(/^\//, '') }))
    .sort((a, b) => compareText(a.clientId, b.clientId) || compareText(a.host, b.host))
  return first ?? null
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/**
 * If one topic of a group is hidden, the broker hides all members of the group. Only the state from the listing
 * remains.
 */
function concealed(scan: Scan, kind: 'consumer' | 'streams', { group, state }: FoundGroup): GroupDescription {
  scan.problems.subscriptionDenied(group)
  return {
    kind,
    state: state ?? 'Unknown',
    protocolType: kind,
    subscribed: undefined,
    member: null,
    assigned: undefined,
  }
}

/**
 * Kafka 3.8 and 3.9 answer ConsumerGroupDescribe several times for each group: once for each partition of
 * `__consumer_offsets` that holds one of the groups. Only a group's own partition finds the group.
 */
function oneEach<Described extends { error: number; group: string }>(
  answers: readonly Described[],
): Described[] {
  const rank = ({ error }: Described) => (error === 0 ? 2 : Number(!notFound.includes(error)))
  const best = answers.toSorted((a, b) => rank(a) - rank(b))
  return [...new Map(best.map(answer => [answer.group, answer])).values()]
}

async function ask<Described extends { error: number; group: string }>(
  scan: Scan,
  message: Message<{ groups: string[]; includeOperations: boolean }, Described[]>,
  groups: readonly FoundGroup[],
  read: (described: Described, listed: FoundGroup) => GroupDescription | 'not found',
): Promise<Answers> {
  const { connection } = scan
  const listed = new Map(groups.map(found => [found.group, found]))

  const answers = await askCoordinators<{ group: string; error: number; described: Described | undefined }>(
    scan,
    [...listed.keys()],
    {
      batch: async () => BATCH,
      accepts: [...notFound, TOPIC_AUTHORIZATION_FAILED],
      // A broker that is too old for a protocol has no groups of that protocol.
      ask: async (broker, names) =>
        (await connection.version(broker, message)) === undefined
          ? names.map(group => ({ group, error: GROUP_ID_NOT_FOUND, described: undefined }))
          : oneEach(await connection.send(broker, message, { groups: names, includeOperations: false })).map(
              described => ({ group: described.group, error: errorOf(described), described }),
            ),
    },
  )

  const results: Answers = new Map()
  for (const [group, { error, described }] of answers) {
    const found = listed.get(group)
    if (found === undefined) continue
    const isUnknown = notFound.includes(error) || described === undefined
    results.set(group, isUnknown ? 'not found' : read(described, found))
  }
  return results
}
