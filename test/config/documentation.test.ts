import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { expect, test } from '@jest/globals'
import * as v from 'valibot'
import { schema } from '../../functions/config/schema.ts'
import { readSettings } from '../../functions/config/settings.ts'
import { configuredBy } from '../../functions/config/source.ts'
import { files } from './reading.ts'

const [certificate = ''] = rootCertificates
const kafka = { KAFKA_BROKERS: 'kafka-1:9092' }

const doc = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
const cells = (row: string) =>
  row
    .split('|')
    .slice(1, -1)
    .map(cell => cell.replaceAll('`', '').trim())
const documented = doc
  .split('\n')
  .filter(line => line.startsWith('| `'))
  .map(row => cells(row).slice(0, 3))

test('docs/settings.md has every setting with its environment variable and its default', () => {
  const environment = configuredBy({}, files({}))
  const inEnvironment = (name: string) =>
    /^(\w+|slack\.(?!reservedConcurrency|buttons|ignore)\w+|webhooks\[\]\.\w+|clusters\[\].(name|kafka\.\w+))$/.test(
      name,
    )
  const expected = leaves(schema, '').map(([name, byDefault]) => {
    const path = name.replaceAll('[]', '').split('.')
    return [
      name,
      inEnvironment(name) ? environment.nameOf(path) : '',
      name === 'clusters[].name' ? 'kafka' : byDefault,
    ]
  })
  expect(documented).toEqual(expected)
})

test('the example in docs/settings.md is valid', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(doc)?.[1] ?? ''
  const read = files({ 'watchdog.yaml': yaml, '/etc/kafka/ca.pem': certificate })
  const env = { ...kafka, WATCHDOG_CONFIG: 'watchdog.yaml', PROD_PASSWORD: 'pw' }
  expect(readSettings(env, read).clusters.map(({ name }) => name)).toEqual(['prod', 'test'])
})

/** Every setting that holds a value, with its default as a file would have it. */
function leaves(node: unknown, name: string, byDefault?: unknown): [string, string][] {
  if (!(node instanceof Object)) throw new TypeError(`${name} is no schema`)
  if ('entries' in node && node.entries instanceof Object) {
    const defaults = byDefault instanceof Object ? new Map(Object.entries(byDefault)) : new Map()
    return Object.entries(node.entries).flatMap(([key, entry]) =>
      leaves(entry, name ? `${name}.${key}` : key, defaults.get(key)),
    )
  }
  if ('wrapped' in node)
    return leaves(node.wrapped, name, 'default' in node ? v.getDefault(Object(node)) : byDefault)
  if ('item' in node && node.item instanceof Object) {
    return name === 'clusters[].groups' ? [[name, '']] : leaves(node.item, `${name}[]`)
  }
  return [[name, typeof byDefault === 'string' ? byDefault : '']]
}
