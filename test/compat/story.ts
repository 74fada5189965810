import type { Commit } from '../../functions/core/model/commit.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { type GroupConsumer, type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import type { Groups } from '../brokers/coordinators.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Taken, type Watchdog, watchdog } from '../e2e/watchdog.ts'

/** The columns of docs/compatibility.md that the story fills. */
export const features = ['doctor', 'snapshot', 'ages', 'lookup', 'restore'] as const
export type Feature = (typeof features)[number]

export interface Story {
  /** The kinds of groups in the story. */
  kinds: string[]
  mode: Taken['mode']
  /** Deviations from the expectation, by feature. */
  faults: Record<Feature, string[]>
}

export interface Service {
  bootstrap: readonly string[]
  kinds: Groups['kinds']
  /**
   * How offsets expire. `retention`: by the broker's own, which must be short. `own-expiry`: one group's offsets have
   * their own expiry. `never`: for services without expiry.
   */
  expiry: 'retention' | 'own-expiry' | 'never'
  /** The best mode that is possible for ages. */
  mode: Taken['mode']
  /** `offsets.retention.minutes`, in ms. */
  retention: number
}

const topic = 'orders'
const RECORDS = 100
/** Tolerance in ms for a busy broker's late sweep. */
const GRACE = 30_000

/** A commit that the story made. */
interface Made {
  group: string
  kind: Commit['kind']
  partition: number
  offset: bigint
  /** ms since the epoch, before the request and after the answer. */
  from: number
  to: number
}

/** Takes groups of every kind through a deletion, an expiry and a restore, as a user of the command line would. */
export async function play(service: Service): Promise<Story> {
  await using open = new AsyncDisposableStack()
  const { bootstrap, kinds, expiry } = service
  await createTopic(bootstrap, topic, { partitions: 2, records: RECORDS })
  const clients = open.use(await startJavaClients(bootstrap))
  const truth = open.use(await witness(bootstrap))
  const dog = open.use(await watchdog({ KAFKA_BROKERS: bootstrap.join() }))
  const faults: Story['faults'] = { doctor: [], snapshot: [], ages: [], lookup: [], restore: [] }
  const note = (feature: Feature, ...said: (string | undefined)[]) =>
    faults[feature].push(...said.filter(each => each !== undefined))

  const made = await commitAll(service, clients, truth)
  const expected: Made['kind'][] = ['simple', ...kinds]
  const first = await dog.snapshot()
  note('snapshot', ...wrongSnapshot(first, made))
  note('ages', ...wrongAges(first, made, service))
  const doctor = await dog.cli(['doctor'])
  note('doctor', commandFault(doctor, 0), unless(doctor.stdout, `evidence: ${service.mode}`))

  await truth.deleteGroup('doomed')
  const deleted = await dog.snapshot()
  const why = service.mode === 'exact' ? 'deleted' : 'unknown'
  note('snapshot', ...wrongGone(deleted, ['doomed'], why))
  const found = await dog.cli(['lookup', 'doomed'])
  note('lookup', commandFault(found, 0), unless(found.stdout, why === 'deleted' ? 'deleted by' : 'gone'))
  const lost = made.filter(({ group }) => group === 'doomed')

  if (expiry !== 'never') {
    const expiring = made.filter(({ group }) =>
      expiry === 'retention' ? group.endsWith('-stopped') || group === 'simple' : group === 'simple',
    )
    if (expiry === 'own-expiry')
      await commitRaw(bootstrap, [{ group: 'simple', offsets: expiring.map(toCommit), expiresIn: 100 }])
    const groups = [...new Set(expiring.map(({ group }) => group))]
    const vanished = new Map<string, number>()
    for (const group of groups) vanished.set(group, await truth.waitUntilGone(group))
    if (expiry === 'retention') note('ages', ...wrongDeadlines(deleted, vanished))
    note('snapshot', ...wrongGone(await dog.snapshot(), groups, 'expired'))
    const again = await Promise.all(groups.map(group => dog.cli(['lookup', group])))
    for (const said of again) note('lookup', commandFault(said, 0), unless(said.stdout, 'expired'))
    lost.push(...expiring)
  }

  note('restore', ...(await wrongRestores(lost, dog, truth, clients)))
  return { kinds: expected, mode: first.mode, faults }
}

const toCommit = ({ partition, offset }: Made) => ({ topic, partition, offset })

async function commitAll(
  { bootstrap, kinds }: Service,
  clients: JavaClients,
  truth: Witness,
): Promise<Made[]> {
  const made: Made[] = []
  async function by(group: string, kind: Made['kind'], offsets: bigint[], work: () => Promise<unknown>) {
    const from = Date.now()
    await work()
    made.push(
      ...offsets.map((offset, partition) => ({ group, kind, partition, offset, from, to: Date.now() })),
    )
  }
  const bySubscriber = (consumer: GroupConsumer, group: string, kind: Made['kind'], offset: bigint) =>
    by(group, kind, [offset], () => consumer.commit({ topic, partition: 0, offset }))

  for (const protocol of ['classic', 'consumer'] as const) {
    if (!kinds.includes(protocol)) continue
    const [live, stopped] = [clients[protocol](`${protocol}-live`), clients[protocol](`${protocol}-stopped`)]
    await live.subscribe(topic)
    await bySubscriber(live, `${protocol}-live`, protocol, 30n)
    await stopped.subscribe(topic)
    await bySubscriber(stopped, `${protocol}-stopped`, protocol, 60n)
    await stopped.close()
  }
  if (kinds.includes('streams'))
    await by('streams-live', 'streams', [BigInt(RECORDS), BigInt(RECORDS)], async () => {
      await clients.streams('streams-live').subscribe(topic)
      for (const partition of [0, 1])
        await truth.waitUntilCommitted('streams-live', { topic, partition }, BigInt(RECORDS))
    })
  if (kinds.includes('share')) await clients.share('share-live').subscribe(topic)

  for (const group of ['simple', 'doomed']) {
    const offsets = [40n, 50n].map((offset, partition) => ({ topic, partition, offset }))
    await by(group, 'simple', [40n, 50n], () => commitRaw(bootstrap, [{ group, offsets }]))
  }
  return made
}

const rowOf = ({ commits }: Taken, { group, partition }: { group: string; partition: number }) =>
  commits.find(row => row.group === group && row.partition === partition)

function wrongSnapshot(taken: Taken, made: readonly Made[]): string[] {
  const { complete, problems, commits } = taken
  const faults = problems.map(({ message }) => message)
  if (!complete) faults.push('it is not complete')
  if (commits.length !== made.length) faults.push(`it has ${commits.length} offsets, not ${made.length}`)
  for (const one of made) {
    const row = rowOf(taken, one)
    if (row?.offset !== one.offset || row.kind !== one.kind || row.gone)
      faults.push(`${one.group}-${one.partition}: ${row?.kind} ${row?.offset}, not ${one.kind} ${one.offset}`)
  }
  return faults
}

function wrongAges(taken: Taken, made: readonly Made[], { mode }: Service): string[] {
  const faults = taken.mode === mode ? [] : [`the mode is ${taken.mode}, not ${mode}`]
  if (mode !== 'exact') return faults
  for (const one of made) {
    const row = rowOf(taken, one)
    const at = row?.committed.earliest ?? 0
    // The retention clock of a classic group with members has not started, so no record has its start.
    const isExact = row?.evidence === 'exact' || row?.rule === 'classic-guarded'
    if (!isExact || at < one.from || at > one.to || at !== row?.committed.latest)
      faults.push(
        `${one.group}-${one.partition}: ${row?.evidence}, committed at ${at}, not ${one.from} to ${one.to}`,
      )
  }
  return faults
}

/** Checks that each group's offsets went after their deadline, and soon after it. */
function wrongDeadlines({ commits }: Taken, vanished: ReadonlyMap<string, number>): string[] {
  return commits.flatMap(({ group, deadline }) => {
    const at = vanished.get(group)
    if (at === undefined) return []
    const isDue = deadline?.earliest && deadline.earliest <= at && at <= deadline.latest + GRACE
    return isDue ? [] : [`${group} was deleted at ${at}, and its deadline was ${deadline?.earliest}`]
  })
}

function wrongGone({ commits, complete }: Taken, groups: readonly string[], reason: string): string[] {
  const gone = commits.filter(row => row.gone && (groups.includes(row.group) || row.gone.reason === reason))
  const faults = complete ? [] : ['a snapshot after the loss is not complete']
  for (const group of groups) {
    const rows = gone.filter(row => row.group === group)
    if (rows.length === 0 || rows.some(row => row.gone?.reason !== reason))
      faults.push(`the reason for ${group} is ${rows[0]?.gone?.reason}, not ${reason}`)
  }
  const others = gone
    .filter(row => !groups.includes(row.group))
    .map(({ group }) => `a snapshot says that ${group} is gone, but it exists`)
  return [...faults, ...others]
}

async function wrongRestores(
  lost: readonly Made[],
  dog: Watchdog,
  truth: Witness,
  clients: JavaClients,
): Promise<string[]> {
  const groups = [...Map.groupBy(lost, ({ group }) => group)]
  const faults = await Promise.all(
    groups.map(async ([group, rows]) => {
      const answer = commandFault(await dog.cli(['restore', group, '--execute', '--yes']), 0)
      const wrong = answer === undefined ? [] : [answer]
      for (const { partition, offset } of rows) {
        const committed = await truth.committed(group, { topic, partition })
        if (committed !== offset) wrong.push(`${group}-${partition} has ${committed} back, not ${offset}`)
      }
      const first = await firstRecords(rows, clients).catch((error: unknown) => {
        wrong.push(`a consumer of ${group} cannot continue: ${String(error)}`)
        return new Map<number, bigint>()
      })
      for (const { partition, offset } of rows)
        if (first.get(partition) !== offset)
          wrong.push(
            `a consumer of ${group}-${partition} continues at ${first.get(partition)}, not ${offset}`,
          )
      return wrong
    }),
  )
  return faults.flat()
}

/** The first record of each partition for a consumer of the group's own protocol. */
async function firstRecords(rows: readonly Made[], clients: JavaClients): Promise<Map<number, bigint>> {
  const [{ group, kind } = { group: '', kind: 'simple' }] = rows
  const consumer = kind === 'consumer' ? clients.consumer(group) : clients.classic(group)
  if (kind === 'simple') await consumer.assign(...rows.map(({ partition }) => ({ topic, partition })))
  else await consumer.subscribe(topic)

  const first = new Map<number, bigint>()
  const end = Date.now() + 60_000
  while (rows.some(({ partition }) => !first.has(partition)) && Date.now() < end)
    for (const { partition, offset } of await consumer.poll(1000))
      if (!first.has(partition)) first.set(partition, offset)
  await consumer.close()
  return first
}

function commandFault({ code, stdout, stderr }: Awaited<ReturnType<Watchdog['cli']>>, expected: number) {
  return code === expected ? undefined : `exit code ${code}: ${`${stdout}${stderr}`.trim().slice(-1000)}`
}

const unless = (text: string, part: string) =>
  text.includes(part) ? undefined : `the output does not contain "${part}": ${text}`
