import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithPython } from '../aws/describe.ts'
import { pythonPackage } from '../aws/python.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { startJavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { run as runJava } from '../brokers/java.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { run } from '../cli/run.ts'
import { type Operator, operatorOf } from './restoring.ts'

const topic = unique('orders')
const simple = unique('simple')
const classic = unique('classic')
let bootstrap: readonly string[]
let operator: Operator
let folder: string

beforeAll(async () => {
  bootstrap = await sharedKafka()
  folder = await mkdtemp(join(tmpdir(), 'seek-'))
  operator = await operatorOf(bootstrap)
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  const offsets = [4n, 7n].map((offset, partition) => ({ topic, partition, offset }))
  await commitRaw(bootstrap, [{ group: simple, offsets }])
  await using clients = await startJavaClients(bootstrap)
  const member = clients.classic(classic)
  await member.subscribe(topic)
  await member.commit(...offsets)
  await member.close()
  await operator.snapshot(simple, classic)
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const codeIn = async (language: string, group = simple) =>
  (await run(['lookup', group, '--code', language], operator.environment)).stdout

/** The first record of each partition that a consumer with this code gets. */
const expected = [`${topic} 0 4`, `${topic} 1 7`]
const inOrder = (output: string) => output.trim().split('\n').sort()

test.each([
  ['assign()', simple],
  ['subscribe()', classic],
])('Java, %s: the code compiles, and a consumer starts at these offsets', async (_, group) => {
  const main = join(folder, 'Seek.java')
  await writeFile(
    main,
    `import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Seek {
    public static void main(String[] args) {
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0], "group.id", args[1]);
        var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        ${await codeIn('java', group)}
        Set<TopicPartition> begun = new HashSet<>();
        while (begun.size() < 2)
            for (var record : consumer.poll(Duration.ofMillis(100)))
                if (begun.add(new TopicPartition(record.topic(), record.partition())))
                    System.out.println(record.topic() + " " + record.partition() + " " + record.offset());
        consumer.close();
    }
}
`,
  )
  const classpath = await clientsClasspath()
  const output = await runJava('java', [...classpath, main, bootstrap.join(), unique('fresh')])
  expect(inOrder(output)).toEqual(expected)
})

test('kafkajs: a consumer starts at these offsets', async () => {
  const main = join(folder, 'seek.mjs')
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  await writeFile(
    main,
    `import { Kafka, logLevel } from 'kafkajs'
const [brokers, groupId] = process.argv.slice(2)
const consumer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).consumer({ groupId })
await consumer.connect()
const begun = new Set()
async function eachMessage({ topic, partition, message }) {
  if (begun.has(partition)) return
  begun.add(partition)
  console.log(topic, partition, message.offset)
  if (begun.size === 2) process.exit()
}
${await codeIn('kafkajs')}`,
  )
  const args = [main, bootstrap.join(), unique('fresh')]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(inOrder(stdout)).toEqual(expected)
})

describeWithPython('Python', () => {
  test.each<[string, string, object]>([
    ['assign()', simple, {}],
    ['subscribe()', classic, {}],
    [
      'subscribe() with a cooperative assignor',
      classic,
      { 'partition.assignment.strategy': 'cooperative-sticky' },
    ],
    ['subscribe() in a KIP-848 group', classic, { 'group.protocol': 'consumer' }],
  ])('%s: a consumer starts at these offsets', async (_, group, settings) => {
    const main = join(folder, 'seek.py')
    await writeFile(
      main,
      `import json, sys
from confluent_kafka import Consumer

consumer = Consumer(json.loads(sys.argv[1]))
${await codeIn('python', group)}
begun = set()
while len(begun) < 2:
    record = consumer.poll(0.1)
    if record and record.partition() not in begun:
        begun.add(record.partition())
        print(record.topic(), record.partition(), record.offset())
consumer.close()
`,
    )
    const ids = { 'bootstrap.servers': bootstrap.join(), 'group.id': unique('fresh') }
    const env = { ...process.env, PYTHONPATH: await pythonPackage('confluent-kafka') }
    const args = [main, JSON.stringify({ ...ids, ...settings })]
    const { stdout } = await promisify(execFile)('python3', args, { env })
    expect(inOrder(stdout)).toEqual(expected)
  })
})
