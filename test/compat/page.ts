import { groupsOf } from '../brokers/coordinators.ts'
import { type Result, readResult } from './results.ts'
import { services } from './services.ts'
import { type Feature, features } from './story.ts'
import { type Target, targets } from './targets.ts'

const header = ['', 'groups', ...features, 'rules']

/** The text of docs/compatibility.md, from the kept results. */
export function page(): string {
  const tried = targets.map(target => ({ target, result: readResult(target.name) }))
  const kfake = readResult('kfake')
  const faults = [
    ...tried
      .filter(({ target }) => !target.isEarlyAccess)
      .map(({ target, result }) => ({ name: titleOf(target), result })),
    { name: 'kfake', result: kfake },
  ]
    .flatMap(({ name, result }) => faultsOf(result).map(fault => `- ${name}: ${fault}\n`))
    .join('')

  return `# Compatibility

<!-- \`npm run compat\` writes this page. Change test/compat/page.ts or test/compat/services.ts, not this file. -->

What was tried of offset-watchdog on which Kafka, and what is expected elsewhere. The story and the rules were tried on real brokers by

\`\`\`sh
npm run compat                          # all of it: an hour or more
npm run compat -- --only 3.9.2-new      # one version; the others stay as they are
npm run compat -- --resume              # goes on after an interruption: leaves out what was tried today
\`\`\`

It needs what \`npm test\` needs, and fetches each version from Maven Central. What comes of each try is kept in [test/compat/results](../test/compat/results), from which the tables are made.

## Apache Kafka

${table(
  ['version', ...header.slice(1)],
  tried.map(({ target, result }) => [titleOf(target), groupsIn(target), ...cellsOf(result, target)]),
)}
Kafka 2.8 runs with ZooKeeper, all others with KRaft. "Old" and "new" are the group coordinators; the new one has to be switched on before Kafka 4. In 3.7 the new coordinator is an early access. Its KIP-848 groups are not supported: its ConsumerGroupDescribe has another layout, so a group with members cannot be read, and a group of restored offsets cannot become a KIP-848 group. In 3.8 and 3.9 it is a preview, and works. Streams groups begin in 4.1, as an early access, and share groups in 4.1, as a preview. Share groups of 4.0 are an early access, and today's clients cannot use them. In 4.1 a group of restored offsets cannot become a streams group: its application fails with "Group … is not a streams group". Upgrade the brokers to 4.2 before you restore a streams group that Kafka has deleted. Versions from 2.1 on that are not in the table are expected to work as their neighbours do; older ones are [refused](retention.md#your-cluster-may-differ).

${faults === '' ? 'Nothing was found that is not as it should be.' : `Not as it should be:\n\n${faults}`.trim()}

## Services

None of these can be had for a test. What is expected follows from what their makers publish; the tests play their shapes with [a fake broker](../test/brokers/fake/fake-broker.ts). kfake, a small Kafka of the Go client franz-go, stands for the services without \`__consumer_offsets\`, and is real.

${table(
  ['service', ...features, 'rules', 'because'],
  [
    [
      'kfake',
      ...cellsOf(kfake, { hasRules: false, isEarlyAccess: false }),
      'It has no `__consumer_offsets`, and never deletes an offset.',
    ],
    ...services.map(({ name, cells, because }) => [
      name,
      ...features.map(feature => cells[feature]),
      cells.rules,
      because,
    ]),
  ],
)}
## What is tried

- **doctor**: it finds nothing that fails, and says how exact ages can be.
- **snapshot**: groups of every kind that the version has, each with its kind and its offsets: with members, and stopped. It is complete, says which group was deleted and which offsets expired, and nothing else.
- **ages**: each offset's commit time is the very moment of the commit. Where the offsets expire, that is not before their deadline, and soon after it. "Observed" ages are bounds from comparing snapshots.
- **lookup**: it finds what was deleted or has expired, and says which.
- **restore**: it puts back what was deleted and what has expired, of simple, classic and KIP-848 groups. Another client reads it back, and a consumer of each group goes on at the right record.
- **rules**: the short form of [\`npm run accuracy\`](internals/accuracy.md) in exact mode: every row of its table that the version's coordinator and groups have, with two partitions each and a broker that restarts. It needs Kafka 3.6 or later.
`
}

const titleOf = ({ name, version, coordinator }: Target): string =>
  name === version ? version : `${version}, ${coordinator}`

const groupsIn = ({ version, coordinator }: Target): string =>
  ['simple', ...(groupsOf(version, coordinator)?.kinds ?? [])].join(', ')

function cellsOf(
  { story, rules }: Result,
  { hasRules, isEarlyAccess }: Pick<Target, 'hasRules' | 'isEarlyAccess'>,
): string[] {
  const failing = isEarlyAccess ? 'not supported' : 'fails, see below'
  const ofStory = features.map(feature => {
    if (story === undefined) return 'expected'
    const how = feature === 'ages' ? `${story.mode}, ` : ''
    return story.faults[feature].length > 0 ? failing : `${how}tried on ${story.on}`
  })
  return [...ofStory, hasRules ? cellOfRules(rules) : 'not supported']
}

function cellOfRules(rules: Result['rules']): string {
  if (rules === undefined) return 'expected'
  return rules.failed.length > 0 ? 'fails, see below' : `${rules.partitions} offsets, tried on ${rules.on}`
}

const faultsOf = ({ story, rules }: Result): string[] => [
  ...features.flatMap((feature: Feature) =>
    (story?.faults[feature] ?? []).map(fault => `${feature}: ${fault}`),
  ),
  ...(rules?.failed ?? []).map(fault => `rules: ${fault}`),
]

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('')
}
