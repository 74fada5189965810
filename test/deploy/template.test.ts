import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeWithPython } from '../aws/describe.ts'
import { pythonPackage } from '../aws/python.ts'
import { osls } from './osls.ts'

// What the emulator ignores, or takes where AWS would not, is looked for in the template itself.

interface Resource {
  Type: string
  DeletionPolicy?: string
  // biome-ignore lint/suspicious/noExplicitAny: each type has its own, and CloudFormation's schema is checked by cfn-lint
  Properties: any
}

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
  Condition?: object
}

const stage = 'template'
const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-template-'))
/** As a settings file refers to a secret, and CloudFormation to a resource. */
const reference = (name: string) => `\${${name}}`
const cluster = (name: string) => ({
  name,
  kafka: { brokers: 'kafka:9093', certificate: reference('CERTIFICATE'), privateKey: reference('KEY') },
})
const packaged = osls(stage, {
  slack: { botToken: reference('SLACK_BOT_TOKEN') },
  clusters: [cluster('prod'), cluster('test.1')],
})

let resources: Record<string, Resource>
const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type)
const propertiesOf = (name: string) => resources[name]?.Properties

beforeAll(async () => {
  await packaged.run('package', '--package', folder)
  resources = JSON.parse(readFileSync(join(folder, template), 'utf8')).Resources
})
afterAll(() => {
  packaged[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const template = 'cloudformation-template-update-stack.json'
const asList = (value: string | string[]) => [value].flat()

describeWithPython('the template', () => {
  test('is valid', async () => {
    const lint = await pythonPackage('cfn-lint')
    // W3005: osls names dependencies twice. W8003, W1033: parameters that are left empty, such as those of a VPC.
    const options = [
      '-r',
      'eu-west-1',
      '-i',
      'W3005',
      '-i',
      'W8003',
      '-i',
      'W1033',
      '-t',
      join(folder, template),
    ]
    const env = { ...process.env, PYTHONPATH: lint }
    const found = await promisify(execFile)('python3', [join(lint, 'bin', 'cfn-lint'), ...options], {
      env,
    }).catch(({ stdout }: { stdout: string }) => ({ stdout }))
    expect(found.stdout.trim()).toBe('')
  })
})

describe('who may do what', () => {
  const statementsOf = (role: string): Statement[] =>
    propertiesOf(role).Policies.flatMap(
      (policy: { PolicyDocument: { Statement: (Statement & { 'Fn::If'?: [string, Statement] })[] } }) =>
        policy.PolicyDocument.Statement.flatMap(each => each['Fn::If']?.[1] ?? each),
    )
  const roles = () => ofType('AWS::IAM::Role').map(([name]) => name)
  const mayOn = (role: string, action: string) =>
    statementsOf(role)
      .filter(({ Action }) => asList(Action).includes(action))
      .flatMap(({ Resource }) => Resource)
      .map(arn => JSON.stringify(arn))

  test('there is a role for each function, and one for the schedules', () => {
    expect(roles().sort()).toEqual([
      'HeartbeatRole',
      'LookupRole',
      'ScheduleRole',
      'SnapshotRole',
      'WatchRole',
    ])
  })

  test('each has exactly these actions', () => {
    const actions = Object.fromEntries(
      roles().map(role => [
        role,
        [...new Set(statementsOf(role).flatMap(({ Action }) => asList(Action)))].sort(),
      ]),
    )
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const read = [...log, 's3:GetObject', 's3:ListBucket']
    expect(actions).toEqual({
      HeartbeatRole: [...read, 'sqs:SendMessage'],
      LookupRole: read,
      ScheduleRole: ['lambda:InvokeFunction', 'sqs:SendMessage'],
      WatchRole: ['events:PutEvents', ...read, 's3:PutObject', 'sqs:SendMessage', 'ssm:GetParameters'],
      SnapshotRole: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
        'events:PutEvents',
        ...read,
        's3:PutObject',
        's3:PutObjectTagging',
        'sqs:SendMessage',
        'ssm:GetParameters',
      ],
    })
  })

  test('a wildcard stands for the objects below a prefix only, and for network interfaces in a VPC', () => {
    const wild = roles().flatMap(role =>
      statementsOf(role)
        .filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).includes('*'))
        .flatMap(({ Action, Resource }) =>
          [Resource].flat().map(one => [asList(Action)[0], JSON.stringify(one)]),
        ),
    )
    const allowed = /^\{"Fn::Sub":"\$\{SnapshotBucket\.Arn\}\/(snapshots|manifests|alerts)\/\*"\}$/
    const others = wild.filter(([, arn = '']) => !allowed.test(arn))
    expect(others).toEqual([['ec2:CreateNetworkInterface', '"*"']])
  })

  test('only snapshot writes snapshots, and only watch what was told', () => {
    const writers = roles().flatMap(role =>
      mayOn(role, 's3:PutObject').map(arn => [role, /\/(\w+)\/\*/.exec(arn)?.[1]]),
    )
    expect(writers).toEqual([
      ['SnapshotRole', 'snapshots'],
      ['SnapshotRole', 'manifests'],
      ['WatchRole', 'alerts'],
    ])
  })

  test('each reads the secrets it needs: snapshot those of Kafka, watch that of Slack', () => {
    const names = (role: string) =>
      mayOn(role, 'ssm:GetParameters').map(arn => arn.split(':parameter')[1]?.replace('"}', ''))
    expect(names('SnapshotRole')).toEqual([
      '/offset-watchdog/template/prod/CERTIFICATE',
      '/offset-watchdog/template/prod/KEY',
      '/offset-watchdog/template/test.1/CERTIFICATE',
      '/offset-watchdog/template/test.1/KEY',
    ])
    expect(names('WatchRole')).toEqual(['/offset-watchdog/template/SLACK_BOT_TOKEN'])
  })

  test('lookup answers nobody who does not sign', () => {
    expect(propertiesOf('LookupLambdaFunctionUrl')).toMatchObject({ AuthType: 'AWS_IAM' })
    expect(ofType('AWS::Lambda::Url')).toHaveLength(1)
  })

  test('nothing that writes to Kafka is in any bundle', () => {
    for (const name of ['snapshot', 'watch', 'heartbeat', 'lookup']) {
      const { inputs } = JSON.parse(
        readFileSync(new URL(`../../.build/${stage}/${name}.json`, import.meta.url), 'utf8'),
      )
      const used = Object.keys(inputs).filter(file => file.startsWith('functions/'))
      expect(used).toContain(`functions/${name}.ts`)
      expect(used.filter(file => /restore|offset-commit/.test(file))).toEqual([])
    }
  })
})

describe('what is stored', () => {
  test('stays when the stack goes, and is encrypted on its way, private and versioned', () => {
    expect(resources.SnapshotBucket?.DeletionPolicy).toBe('Retain')
    expect(propertiesOf('SnapshotBucket')).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    expect(propertiesOf('SnapshotBucket')).not.toHaveProperty('ObjectLockEnabled')
    expect(propertiesOf('SnapshotBucket')).not.toHaveProperty('ObjectLockConfiguration')
  })

  test('is written once: the bucket refuses what does not ask for that', () => {
    const deny = propertiesOf('SnapshotBucketPolicy').PolicyDocument.Statement
    expect(deny.map(({ Effect }: Statement) => Effect)).toEqual(['Deny', 'Deny'])
    expect(deny[0].Condition).toEqual({ Bool: { 'aws:SecureTransport': false } })
    expect(deny[1]).toMatchObject({
      Action: 's3:PutObject',
      Resource: [
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/snapshots/*` },
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/manifests/*` },
      ],
      Condition: { Null: { 's3:if-none-match': true } },
    })
  })

  test('is thinned by its mark, rows a day after their manifest; the alert state never goes', () => {
    const rules = propertiesOf('SnapshotBucket').LifecycleConfiguration.Rules
    const days = rules
      .filter(({ ExpirationInDays }: { ExpirationInDays?: number }) => ExpirationInDays)
      .map(({ Prefix, TagFilters, ExpirationInDays }: Record<string, unknown>) => [
        JSON.stringify(TagFilters).match(/"Value":"(\w+)"/)?.[1],
        Prefix,
        ExpirationInDays,
      ])
    expect(days).toEqual([
      ['other', 'manifests/', 14],
      ['other', 'snapshots/', 15],
      ['hour', 'manifests/', 90],
      ['hour', 'snapshots/', 91],
      ['day', 'manifests/', 396],
      ['day', 'snapshots/', 397],
    ])
    expect(rules.at(-1)).toMatchObject({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } })
  })
})

describe('what runs', () => {
  test('each cluster has a schedule of its own for each job, whose delivery is retried', () => {
    const schedules = ofType('AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties)
    expect(schedules).toHaveLength(6)
    const jobs = schedules.map(
      ({ Target }) => `${Target.Arn['Fn::GetAtt'][0]} ${JSON.parse(Target.Input).cluster}`,
    )
    expect(new Set(jobs).size).toBe(6)
    for (const { ScheduleExpression, Target } of schedules) {
      expect(ScheduleExpression).toBe('rate(15 minutes)')
      expect(Target).toMatchObject({
        RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
        RetryPolicy: { MaximumEventAgeInSeconds: 900 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['FailedRuns', 'Arn'] } },
      })
    }
  })

  test('a run that fails is not repeated, and goes to the queue of failed runs', () => {
    const configs = ofType('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties)
    expect(new Set(configs.map(({ FunctionName }) => FunctionName.Ref))).toEqual(
      new Set(['SnapshotLambdaFunction', 'WatchLambdaFunction', 'HeartbeatLambdaFunction']),
    )
    for (const config of configs) {
      expect(config).toMatchObject({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 900,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailedRuns', 'Arn'] } } },
      })
    }
  })

  test('on Node 24 and arm64, without a share of concurrency of its own', () => {
    const functions = ofType('AWS::Lambda::Function')
    expect(functions).toHaveLength(4)
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions')
    }
    expect(
      ofType('AWS::Logs::LogGroup').every(([, { Properties }]) => Properties.RetentionInDays === 30),
    ).toBe(true)
  })

  test('each cluster has an alarm for what does not come, and each function one for what fails', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties)
    expect(alarms.every(({ AlarmActions }) => AlarmActions[0].Ref === 'AlarmTopic')).toBe(true)
    const absences = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
    expect(
      absences.map(({ MetricName, Dimensions }) => `${MetricName} ${Dimensions[1].Value}`).sort(),
    ).toEqual([
      'Heartbeat prod',
      'Heartbeat test.1',
      'SnapshotTaken prod',
      'SnapshotTaken test.1',
      'Watched prod',
      'Watched test.1',
    ])
    expect(alarms.filter(({ MetricName }) => MetricName === 'Errors')).toHaveLength(4)
  })

  test.each(['snapshot', 'watch', 'heartbeat', 'lookup'])('%s weighs less than 350 KB', name => {
    expect(statSync(join(folder, `${name}.zip`)).size).toBeLessThan(350 * 1024)
  })
})
