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

This page is for people who want to know whether offset-watchdog works on their version of Kafka, or on their managed service. It shows what was tried on which version, and what we expect elsewhere. The [checks](#what-is-tried) run on real brokers, with this command:

\`\`\`sh
npm run compat                          # everything; takes an hour or more
npm run compat -- --only 3.9.2-new      # one version; the results of the others stay
npm run compat -- --resume              # continues after an interruption; skips what was tried today
\`\`\`

It needs the same programs as \`npm test\`, and fetches each version from Maven Central. The results are stored in [test/compat/results](../test/compat/results), and the tables are made from them.

## Apache Kafka

The columns from "doctor" on are the [checks](#what-is-tried). "Ages" are the times since the commits; "rules" has the number of offsets whose expiry was compared with the rules.

${table(
  ['version', ...header.slice(1)],
  tried.map(({ target, result }) => [
    titleOf(target),
    groupsIn(target),
    ...cellsOf(result, target.isEarlyAccess),
    target.hasRules ? cellOfRules(result.rules) : 'not tried',
  ]),
)}
Kafka 2.8 runs with ZooKeeper, all others with KRaft. "Old" and "new" are the group coordinators; before Kafka 4 the new one has to be switched on.

- **Rules that were not tried**: the check of the rules needs Kafka 3.6 or later, so it does not run on 3.3.2 and 2.8.2. We expect the rules of 3.6 there. It does not run on the new coordinator of 3.7, either.
- **The new coordinator of 3.7** is in early access. There the watchdog does not support KIP-848 groups, for two reasons. Its ConsumerGroupDescribe has another layout, so the watchdog cannot read a KIP-848 group that has members. And after the offsets of a deleted group are restored, KIP-848 consumers cannot use that group. Everything else works: snapshots have all other groups, and \`lookup\` finds their offsets. In 3.8 and 3.9 the new coordinator is a preview, and works.
- **Streams groups** begin in 4.1, in early access. If you restore the offsets of a streams group that Kafka 4.1 has deleted, its application fails with "Group … is not a streams group". Upgrade the brokers to 4.2 before the restore.
- **Share groups** have no committed offsets to restore. They are in early access in 4.0, where today's clients cannot use them, and a preview in 4.1.
- **Other versions** from 2.1 on: we expect them to work like the nearest version in the table. Older ones are [refused](kafka-access.md#services-that-are-not-apache-kafka).

${faults === '' ? 'Apart from these points, every check passed on every version.' : `Other faults:\n\n${faults}`.trim()}

## Services

Only kfake was tried: a small server that belongs to the Go client franz-go. It represents the services without \`__consumer_offsets\`. We have no access to the other services. What we expect there follows from what their vendors publish, and our tests imitate their answers with [a fake broker](../test/brokers/fake/fake-broker.ts).

${table(
  ['service', ...features, 'rules', 'because'],
  [
    [
      'kfake',
      ...cellsOf(kfake, false),
      'none',
      'It has no `__consumer_offsets`, and no retention rules: it never deletes an offset.',
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

- **doctor**: \`doctor\` finds no fault, and names the right [mode](retention.md#what-the-watchdog-can-know), exact or observed.
- **snapshot**: the snapshot is complete. It has groups of every kind that the version supports, with and without members, each with its kind and its offsets. Later snapshots report exactly the group that was deleted and the offsets that expired.
- **ages**: in exact mode, each offset has the time of its commit. Offsets that expire do so after their deadline, and soon after it. In observed mode ages are [bounds](model.md#terms), and this check only looks at the mode.
- **lookup**: \`lookup\` finds the offsets that were deleted or have expired. In exact mode it says which of the two happened.
- **restore**: \`restore\` puts back these offsets, of simple, classic and KIP-848 groups. Another client then finds them, and a consumer of each group continues at the right record.
- **rules**: offsets expire by the [retention rules](retention.md#the-rules). This is the short form of [\`npm run accuracy\`](internals/accuracy.md) in exact mode: each row of its table that the version supports, with two partitions, and a broker that restarts.
`
}

const titleOf = ({ name, version, coordinator }: Target): string =>
  name === version ? version : `${version}, ${coordinator}`

const groupsIn = ({ version, coordinator }: Target): string =>
  ['simple', ...(groupsOf(version, coordinator)?.kinds ?? [])].join(', ')

function cellsOf({ story }: Result, isEarlyAccess: boolean): string[] {
  const failing = isEarlyAccess ? 'not for KIP-848 groups' : 'fails, see below'
  return features.map(feature => {
    if (story === undefined) return 'expected'
    const how = feature === 'ages' ? `${story.mode}, ` : ''
    return story.faults[feature].length > 0 ? failing : `${how}tried on ${story.on}`
  })
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
