import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithPython } from './aws/describe.ts'
import { pythonPackage } from './aws/python.ts'
import { run } from './brokers/java.ts'
import { clientsClasspath } from './brokers/libraries.ts'

// The code for each client in docs/alerts.md compiles against the client that it is for.

const exec = promisify(execFile)
let folder: string
let page: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-code-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  page = await readFile('docs/alerts.md', 'utf8')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const snippets = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\n\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code)

test('the Java snippets compile', async () => {
  const codes = snippets('java')
  expect(codes.length).toBeGreaterThan(5)
  const source = `import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

class Snippets {
  Map<String, Object> config;
  Collection<String> topics;
  Collection<TopicPartition> partitions;
  KafkaConsumer<String, String> consumer;
  KafkaProducer<String, String> producer;
  boolean running;
  void process(ConsumerRecord<String, String> record) {}
${codes.map((code, i) => `  void snippet${i}() throws Exception {\n${code}  }`).join('\n')}
}
`
  await writeFile(join(folder, 'Snippets.java'), source)
  const options = await clientsClasspath()
  const classpath = options.slice(options.indexOf('-cp'))
  await run('javac', ['-d', folder, '-proc:none', ...classpath, join(folder, 'Snippets.java')])
})

test('the kafkajs snippets compile', async () => {
  // Snippets with KafkaConsumer are for the client of Confluent, which is not installed here.
  const codes = snippets('ts').filter(code => !code.includes('KafkaConsumer'))
  expect(codes.length).toBeGreaterThan(3)
  const files = codes.map(async (code, i) => {
    const file = join(folder, `snippet${i}.mts`)
    await writeFile(
      file,
      `import type { Consumer, Kafka, KafkaMessage, Producer } from 'kafkajs'
declare const consumer: Consumer
declare const producer: Producer
declare function process(message: KafkaMessage): Promise<void>
export type Used = [Kafka, typeof consumer, typeof producer, typeof process]
${code}`,
    )
    return file
  })
  const options = '--noEmit --strict --module nodenext --target es2024 --skipLibCheck --ignoreConfig'.split(
    ' ',
  )
  await exec(resolve('node_modules/.bin/tsc'), [...options, ...(await Promise.all(files))])
})

describeWithPython('Python', () => {
  test('each snippet compiles, and uses only what its client has', async () => {
    const codes = snippets('python')
    expect(codes.length).toBeGreaterThan(5)
    const main = join(folder, 'check.py')
    await writeFile(
      main,
      `import ast, json, sys
from confluent_kafka import Consumer, Message, Producer, TopicPartition

of = {"consumer": Consumer, "producer": Producer, "message": Message, "m": Message, "p": TopicPartition}
for code in json.loads(sys.argv[1]):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in of:
            getattr(of[node.value.id], node.attr)
            print(node.value.id, node.attr)
`,
    )
    const env = { ...process.env, PYTHONPATH: await pythonPackage('confluent-kafka') }
    const { stdout } = await exec('python3', [main, JSON.stringify(codes)], { env })
    expect(stdout).toContain('consumer get_watermark_offsets')
  })
})
