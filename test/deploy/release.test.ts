import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import { describeWithPython } from '../aws/describe.ts'
import { pythonPackage } from '../aws/python.ts'

// Tests the release files for AWS, made by the script that the release workflow runs. No test uploads them, or deploys
// them with Terraform.

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-release-'))
let template: {
  Parameters: Record<string, { Type: string; Default?: string }>
  // biome-ignore lint/suspicious/noExplicitAny: each type has its own, and CloudFormation's schema is checked by cfn-lint
  Resources: Record<string, { Type: string; Properties: any }>
}

beforeAll(async () => {
  await run('npm', ['run', '--silent', 'template', '--', folder], { cwd: repository })
  template = JSON.parse(readFileSync(join(folder, 'template.json'), 'utf8'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const functions = () =>
  Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')
const given: Record<string, string> = {
  Stage: 'test',
  ClusterName: 'orders',
  KafkaBrokers: 'kafka-1.example.com:9093,kafka-2.example.com:9093',
  SaslMechanism: 'SCRAM-SHA-512',
  SaslUsername: 'offset-watchdog',
  SlackChannel: '#orders',
  SlackMention: '<!here>',
}
/** Substitutes like CloudFormation's Fn::Sub. */
const substituted = (text: string) =>
  text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal, name) => (literal ? `\${${name}}` : (given[name] ?? '')))

describeWithPython('the rendered template', () => {
  test('is valid', async () => {
    const lint = await pythonPackage('cfn-lint')
    const options = ['-r', 'eu-west-1', '-i', 'W3005', '-i', 'W8003', '-i', 'W1033']
    const env = { ...process.env, PYTHONPATH: lint }
    const found = await run(
      'python3',
      [join(lint, 'bin', 'cfn-lint'), ...options, '-t', join(folder, 'template.json')],
      { env },
    ).catch(({ stdout }: { stdout: string }) => ({ stdout }))
    expect(found.stdout.trim()).toBe('')
  })
})

test('the rendered template has no placeholders left, and uses every parameter', () => {
  const text = JSON.stringify(template, (key, value) => (key === 'Handler' ? undefined : value))
  expect(
    text.match(/any(stage|cluster|broker|user|channel|address)|-any|ANYMENTION|ServerlessDeployment/),
  ).toBeNull()
  const unused = Object.keys(template.Parameters).filter(
    name => !text.includes(`{"Ref":"${name}"}`) && !text.includes(`\${${name}}`),
  )
  expect(unused).toEqual([])
})

test('each function has its package beside the template, with its handler in it', () => {
  const packages = functions().map(({ Properties }) => {
    const name = Properties.Code.S3Key['Fn::Sub'].replace('${' + 'CodePrefix}', '')
    const module = Properties.Handler.replace(/\.handler$/, '.mjs')
    // A zip has the names of its files uncompressed.
    expect(readFileSync(join(folder, name)).includes(module)).toBe(true)
    return name
  })
  expect(packages).toContain('snapshot.zip')
  expect(readdirSync(folder).filter(name => name.endsWith('.zip'))).toEqual(expect.arrayContaining(packages))
})

test('docs/deploy.md names each parameter', () => {
  const docs = readFileSync(join(repository, 'docs', 'deploy.md'), 'utf8')
  for (const name of Object.keys(template.Parameters)) expect(docs).toContain(name)
})

describe('with parameters', () => {
  const settingsOf = (name: string) => {
    const { Properties } = functions().find(each => each.Properties.Handler.includes(`${name}.handler`)) ?? {}
    const packaged = JSON.parse(substituted(Properties.Environment.Variables.PACKAGED_SETTINGS['Fn::Sub']))
    const { settings, parameters } = packaged.orders
    const env = { WATCHDOG_CONFIG: 'a', KAFKA_SASL_PASSWORD: 'password', SLACK_BOT_TOKEN: 'xoxb-1' }
    return { parameters, settings: readSettings(env, () => JSON.stringify(settings)) }
  }

  test('snapshot gets Kafka, and its password from Parameter Store', () => {
    const { settings, parameters } = settingsOf('snapshot')
    expect(settings.clusters).toMatchObject([
      {
        name: 'orders',
        kafka: {
          brokers: ['kafka-1.example.com:9093', 'kafka-2.example.com:9093'],
          protocol: 'SASL_SSL',
          sasl: { mechanism: 'scram-sha-512', username: 'offset-watchdog', password: 'password' },
        },
      },
    ])
    expect(parameters).toEqual({ KAFKA_SASL_PASSWORD: '/offset-watchdog/test/orders/KAFKA_SASL_PASSWORD' })
  })

  test('watch gets Slack', () => {
    const { settings, parameters } = settingsOf('watch')
    expect(settings.slack).toMatchObject({ token: 'xoxb-1', channel: '#orders', mention: '<!here>' })
    expect(parameters).toEqual({ SLACK_BOT_TOKEN: '/offset-watchdog/test/SLACK_BOT_TOKEN' })
  })

  test('schedules name the cluster', () => {
    const schedules = Object.values(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Scheduler::Schedule',
    )
    const inputs = schedules.map(({ Properties }) => substituted(Properties.Target.Input['Fn::Sub']))
    expect(inputs).toEqual(Array.from({ length: 3 }, () => '{"cluster":"orders"}'))
  })
})
