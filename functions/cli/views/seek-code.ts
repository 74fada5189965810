import type { TopicPartition } from '../../core/model/topic-partition.ts'
import type { LookUpResult } from '../../jobs/look-up.ts'

export const languages = ['java', 'kafkajs', 'python'] as const
export type Language = (typeof languages)[number]

type Start = TopicPartition & { offset: bigint }

/**
 * Code that lets a consumer begin at these offsets once. The code removes each position after use, so that a later
 * rebalance does not reset the consumer. The code does not contain the group's name, since a name may contain the end
 * of a comment.
 */
export function seekCode(language: Language, { offsets, kind }: LookUpResult): string {
  const starts = offsets
    .filter(({ reason }) => reason !== 'topic-deleted')
    .map(({ commit: { topic, partition }, offset }) => ({ topic, partition, offset }))
  return writers[language](starts, kind === 'simple')
}

// Topic names need no escaping: they contain letters, digits, dots, dashes and underscores only (Kafka:
// Topic.validate).
const writers: Record<Language, (starts: Start[], assigns: boolean) => string> = {
  java: (starts, assigns) => `Map<TopicPartition, Long> starts = new HashMap<>();
${starts.map(({ topic, partition, offset }) => `starts.put(new TopicPartition("${topic}", ${partition}), ${offset}L);`).join('\n')}

${assigns ? javaAssign : javaSubscribe}`,

  kafkajs: starts => `const starts = [
${starts.map(({ topic, partition, offset }) => `  { topic: '${topic}', partition: ${partition}, offset: '${offset}' },`).join('\n')}
]

await consumer.subscribe({ topics: [...new Set(starts.map(({ topic }) => topic))] })
await consumer.run({ eachMessage })
// Only after run(), and in every member: each applies only the offsets of its own partitions.
for (const start of starts) consumer.seek(start)
`,

  python: (starts, assigns) => `from confluent_kafka import ${assigns ? 'TopicPartition' : 'KafkaException'}

starts = {
${starts.map(({ topic, partition, offset }) => `    ("${topic}", ${partition}): ${offset},`).join('\n')}
}

${assigns ? pythonAssign : pythonSubscribe}`,
}

const javaAssign = `consumer.assign(starts.keySet());
starts.forEach((partition, offset) -> consumer.seek(partition, offset));
`

const javaSubscribe = `List<String> topics = starts.keySet().stream().map(TopicPartition::topic).distinct().toList();
consumer.subscribe(topics, new ConsumerRebalanceListener() {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
        for (TopicPartition partition : assigned) {
            Long start = starts.remove(partition);
            if (start != null) consumer.seek(partition, start);
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
    }
});
`

const pythonAssign = `consumer.assign([TopicPartition(topic, partition, offset) for (topic, partition), offset in starts.items()])
`

const pythonSubscribe = `def on_assign(consumer, assigned):
    for partition in assigned:
        partition.offset = starts.pop((partition.topic, partition.partition), partition.offset)
    try:
        consumer.assign(assigned)
    except KafkaException:  # A cooperative consumer (cooperative-sticky, KIP-848) refuses assign(). The log entry is harmless.
        consumer.incremental_assign(assigned)

consumer.subscribe(sorted({topic for topic, _ in starts}), on_assign=on_assign)
`
