import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { deployed, deployedClusters } from '../../functions/handlers/deployed-settings.ts'
import { clusterOf } from '../../functions/handlers/lambda.ts'

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-deployed-'))
const parameter = '/offset-watchdog/prod/main/KAFKA_SASL_PASSWORD'
const stored = new Map<string, string>()
let status = 200
const before = { ...process.env }

const asked = v.object({ Names: v.pipe(v.array(v.string()), v.maxLength(10)) })

const server = createServer((request, response) => {
  void json(request).then(body => {
    const { Names } = v.parse(asked, body)
    const Parameters = Names.flatMap(Name => (stored.has(Name) ? { Name, Value: stored.get(Name) } : []))
    const answer = status === 200 ? { Parameters } : { __type: 'AccessDeniedException', message: 'no right' }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  })
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
    WATCHDOG_STORE: 's3://bucket',
  })
  const kafka = {
    brokers: ['kafka:9093'],
    securityProtocol: 'SASL_SSL',
    saslMechanism: 'PLAIN',
    saslUsername: 'watchdog',
    saslPassword: `\${KAFKA_SASL_PASSWORD}`,
  }
  const settings = { slack: {}, clusters: [{ name: 'main', kafka }] }
  const packaged = { settings, parameters: { KAFKA_SASL_PASSWORD: parameter } }
  writeFileSync(join(folder, 'main.json'), JSON.stringify(packaged))
})
beforeEach(() => {
  stored.clear()
  stored.set(parameter, 'first')
  status = 200
})
afterAll(() => {
  process.env = before
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

describe('the settings of a cluster', () => {
  test('are those of the package, with the store of the deployment', async () => {
    const { settings, cluster } = await deployed('main', folder)
    expect(settings.store).toBe('s3://bucket')
    expect(cluster.kafka.sasl).toEqual({ mechanism: 'plain', username: 'watchdog', password: 'first' })
  })

  test('include a secret that was changed since the last run', async () => {
    await deployed('main', folder)
    stored.set(parameter, 'rotated')
    expect((await deployed('main', folder)).cluster.kafka.sasl).toMatchObject({ password: 'rotated' })
  })

  test('are refused for an unknown cluster, by its name', async () => {
    await expect(deployed('other', folder)).rejects.toThrow(
      'cluster "other" is not configured: choose "main", or add it and deploy.',
    )
  })

  test('are refused if a parameter is missing', async () => {
    stored.clear()
    await expect(deployed('main', folder)).rejects.toThrow(
      `parameter ${parameter} is missing: aws ssm put-parameter --region eu-west-1 --type SecureString --name ${parameter}`,
    )
  })

  test('are refused if a parameter may not be read', async () => {
    status = 400
    await expect(deployed('main', folder)).rejects.toThrow(
      `cannot read ${parameter} from Parameter Store: AccessDeniedException: no right. Check the role`,
    )
  })
})

describe('an event', () => {
  test.each([{ cluster: 'prod' }, { source: 'offset-watchdog', detail: { cluster: 'prod', id: 'x' } }])(
    '%j names its cluster',
    event => {
      expect(clusterOf(event)).toBe('prod')
    },
  )

  test.each([[undefined], [null], ['prod'], [{}], [{ cluster: 1 }], [{ detail: {} }]])(
    '%j names no cluster, and is refused',
    event => {
      expect(() => clusterOf(event)).toThrow('the event names no cluster: send {"cluster": "name"}')
    },
  )
})

test('a release takes its settings from an environment variable of the template', async () => {
  const kafka = { brokers: 'kafka:9093', saslMechanism: 'PLAIN', saslUsername: 'dog', saslPassword: `\${P}` }
  const settings = {
    slack: {},
    clusters: [{ name: 'orders', kafka: { ...kafka, securityProtocol: 'SASL_SSL' } }],
  }
  process.env.PACKAGED_SETTINGS = JSON.stringify({ orders: { settings, parameters: { P: parameter } } })
  try {
    expect(deployedClusters('/nowhere')).toEqual(['orders'])
    expect((await deployed('orders', '/nowhere')).cluster).toMatchObject({
      kafka: { sasl: { username: 'dog', password: 'first' } },
    })
    await expect(deployed('main', '/nowhere')).rejects.toThrow('choose "orders"')
  } finally {
    delete process.env.PACKAGED_SETTINGS
  }
})
