import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packagedTemplate, type Template } from './template.ts'

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
  Condition?: object
}

const stage = 'roles'
const orders = 'arn:aws:kafka:eu-north-1:123456789012:cluster/orders/6a0f1e2d-2'
const kafka = { brokers: 'kafka:9098', securityProtocol: 'SASL_SSL', saslMechanism: 'AWS_MSK_IAM' }
const role = 'arn:aws:iam::999999999999:role/kafka-reader'
const clusters = [
  { name: 'msk', msk: { arn: orders }, kafka },
  { name: 'other-account', kafka: { ...kafka, saslAwsRegion: 'eu-north-1', saslAwsRoleArn: role } },
]
let template: Template
beforeAll(async () => {
  template = await packagedTemplate(stage, {
    store: 's3://shared-bucket/team-a',
    storeLock: '30d',
    slack: { reservedConcurrency: 5 },
    clusters,
  })
})
afterAll(() => template[Symbol.dispose]())

const ofType = (type: string) => template.ofType(type)
const propertiesOf = (name: string) => template.resources[name]?.Properties
const asList = (value: string | string[]) => [value].flat()

describe('the roles', () => {
  const allStatementsOf = (role: string): Statement[] =>
    propertiesOf(role).Policies.flatMap(
      (policy: { PolicyDocument: { Statement: (Statement & { 'Fn::If'?: [string, Statement] })[] } }) =>
        policy.PolicyDocument.Statement.flatMap(each => each['Fn::If']?.[1] ?? each),
    )
  const statementsOf = (role: string) => allStatementsOf(role).filter(({ Effect }) => Effect === 'Allow')
  const roles = () => ofType('AWS::IAM::Role').map(([name]) => name)
  const mayOn = (role: string, action: string) =>
    statementsOf(role)
      .filter(({ Action }) => asList(Action).includes(action))
      .flatMap(({ Resource }) => Resource)
      .map(arn => JSON.stringify(arn))

  test('are one for each function, and one for the schedules', () => {
    expect(roles().sort()).toEqual([
      'HeartbeatRole',
      'LookupRole',
      'ScheduleRole',
      'SlackRole',
      'SnapshotRole',
      'WatchRole',
    ])
  })

  test('a stack that shares a bucket makes none, and stores below its own prefix', () => {
    expect(ofType('AWS::S3::Bucket').map(([name]) => name)).toEqual(['ServerlessDeploymentBucket'])
    expect(ofType('AWS::S3::BucketPolicy').map(([name]) => name)).toEqual([
      'ServerlessDeploymentBucketPolicy',
    ])
    expect(JSON.stringify(template.resources)).not.toContain('SnapshotBucket')
    for (const [, { Properties }] of ofType('AWS::Lambda::Function'))
      expect(Properties.Environment.Variables.WATCHDOG_STORE).toBe('s3://shared-bucket/team-a')
    const { Parameters, StorageDescriptor } = propertiesOf('SnapshotTable').TableInput
    const table = [Parameters['storage.location.template'], StorageDescriptor.Location]
    expect(table.map(location => location['Fn::Sub'])).toEqual([
      `s3://shared-bucket/team-a/snapshots/cluster=\${!cluster}/dt=\${!dt}`,
      's3://shared-bucket/team-a/snapshots/',
    ])
  })

  test('allow exactly these actions', () => {
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
      SlackRole: ['lambda:InvokeFunction', ...read, 'ssm:GetParameters'],
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
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeCluster',
        'kafka-cluster:DescribeClusterDynamicConfiguration',
        'kafka-cluster:DescribeGroup',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
        'kafka-cluster:ReadData',
        ...log,
        's3:GetObject',
        's3:GetObjectTagging',
        's3:ListBucket',
        's3:PutObject',
        's3:PutObjectRetention',
        's3:PutObjectTagging',
        'sqs:SendMessage',
        'ssm:GetParameters',
        'sts:AssumeRole',
      ],
    })
  })

  test('only snapshot may sign in to MSK, and only to read this cluster, its topics and groups', () => {
    const rights = (resource: string) =>
      statementsOf('SnapshotRole')
        .filter(({ Resource }) => Resource === resource)
        .flatMap(({ Action }) => Action)
    expect(rights(orders)).toEqual([
      'kafka-cluster:Connect',
      'kafka-cluster:DescribeCluster',
      'kafka-cluster:DescribeClusterDynamicConfiguration',
    ])
    const topics = orders.replace('cluster/', 'topic/')
    expect(rights(`${topics}/*`)).toEqual([
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:DescribeTopicDynamicConfiguration',
    ])
    expect(rights(`${topics}/__consumer_offsets`)).toEqual(['kafka-cluster:ReadData'])
    expect(rights(`${orders.replace('cluster/', 'group/')}/*`)).toEqual(['kafka-cluster:DescribeGroup'])
    expect(rights(role)).toEqual(['sts:AssumeRole'])
    const others = roles().filter(name => name !== 'SnapshotRole')
    expect(JSON.stringify(others.flatMap(statementsOf))).not.toMatch(/kafka-cluster|AssumeRole/)
  })

  test("have wildcards only for objects below the stack's prefix, for MSK, and for network interfaces", () => {
    const wild = roles().flatMap(role =>
      statementsOf(role)
        .filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).includes('*'))
        .flatMap(({ Action, Resource }) =>
          [Resource].flat().map(one => [asList(Action)[0], JSON.stringify(one)]),
        ),
    )
    const allowed =
      /^\{"Fn::Sub":"arn:\$\{AWS::Partition\}:s3:::shared-bucket\/team-a\/(snapshots|manifests|alerts|restores|actions|ignores)\/\*"\}$/
    const ofMsk = /^"arn:aws:kafka:[^*]+:(topic|group)\/orders\/6a0f1e2d-2\/\*"$/
    const others = wild.filter(([, arn = '']) => !allowed.test(arn) && !ofMsk.test(arn))
    expect(others).toEqual([['ec2:CreateNetworkInterface', '"*"']])
  })

  test("the rights to network interfaces are for Lambda, and not for the function's code", () => {
    const ofInterfaces = (statements: Statement[]) =>
      statements.flatMap(({ Action }) => asList(Action)).filter(action => action.startsWith('ec2:'))
    const denials = roles().flatMap(role => allStatementsOf(role).filter(({ Effect }) => Effect === 'Deny'))
    expect(denials).not.toEqual([])
    for (const role of roles()) {
      const denied = allStatementsOf(role).filter(({ Effect }) => Effect === 'Deny')
      expect(ofInterfaces(denied)).toEqual(ofInterfaces(statementsOf(role)))
      for (const { Condition } of denied)
        expect(JSON.stringify(Condition)).toMatch(
          /ArnEquals.*lambda:SourceFunctionArn.*:function:offset-watchdog-roles-snapshot"/,
        )
    }
  })

  test('only snapshot may write snapshots, and only watch the alert state and the actions', () => {
    const writers = roles().flatMap(role =>
      mayOn(role, 's3:PutObject').map(arn => [role, /\/(\w+)\/\*/.exec(arn)?.[1]]),
    )
    expect(writers).toEqual([
      ['SnapshotRole', 'snapshots'],
      ['SnapshotRole', 'manifests'],
      ['WatchRole', 'alerts'],
      ['WatchRole', 'actions'],
    ])
  })

  test('infra/README.md lists these rights', () => {
    const readme = readFileSync(join(template.folder, 'infra', 'README.md'), 'utf8')
    const rows = [...readme.matchAll(/^\| `(\w+)` +\|.*?\|(.*?)\|(.*?)\|$/gm)]
    const documented = rows.map(([, name = '', reads = '', writes = '']) => {
      const prefixes = (cell: string) => [...cell.matchAll(/`(\w+)\/`/g)].map(([, prefix]) => prefix)
      return [name, prefixes(reads), prefixes(writes)]
    })
    const granted = documented.map(([name]) => {
      const role = `${String(name).replace(/^./, first => first.toUpperCase())}Role`
      const prefixes = (action: string) => mayOn(role, action).map(arn => /\/(\w+)\/\*/.exec(arn)?.[1])
      return [name, prefixes('s3:GetObject'), prefixes('s3:PutObject')]
    })
    expect(documented).toEqual(granted)
    expect(documented).toHaveLength(ofType('AWS::Lambda::Function').length)
  })

  test('snapshot may lock what it writes, and nobody may unlock it', () => {
    expect(mayOn('SnapshotRole', 's3:PutObjectRetention')).toEqual(mayOn('SnapshotRole', 's3:PutObject'))
  })

  test('each function may read only its own secrets', () => {
    const names = (role: string) =>
      mayOn(role, 'ssm:GetParameters').map(arn => arn.split(':parameter')[1]?.replace('"}', ''))
    expect(names('SnapshotRole')).toEqual([
      '/offset-watchdog/roles/prod/CERTIFICATE',
      '/offset-watchdog/roles/prod/KEY',
      '/offset-watchdog/roles/test.1/CERTIFICATE',
      '/offset-watchdog/roles/test.1/KEY',
    ])
    expect(names('WatchRole')).toEqual(['/offset-watchdog/roles/SLACK_BOT_TOKEN'])
    expect(names('SlackRole')).toEqual(['/offset-watchdog/roles/SLACK_SIGNING_SECRET'])
  })

  test('lookup needs an AWS signature, and only the slash command has an open URL', () => {
    expect(propertiesOf('LookupLambdaFunctionUrl')).toMatchObject({ AuthType: 'AWS_IAM' })
    const open = ofType('AWS::Lambda::Url').filter(([, { Properties }]) => Properties.AuthType === 'NONE')
    expect(open.map(([name]) => name)).toEqual(['SlackLambdaFunctionUrl'])
  })

  test('only the open function has a limit of concurrency, the one in the settings', () => {
    const limited = ofType('AWS::Lambda::Function').map(([name, { Properties }]) => [
      name,
      Properties.ReservedConcurrentExecutions,
    ])
    expect(limited.filter(([, most]) => most !== undefined)).toEqual([['SlackLambdaFunction', 5]])
  })

  test('no bundle has code that writes to Kafka', () => {
    for (const name of ['snapshot', 'watch', 'heartbeat', 'lookup', 'slack']) {
      const { inputs } = JSON.parse(
        readFileSync(join(template.folder, '.build', stage, `${name}.json`), 'utf8'),
      )
      const used = Object.keys(inputs)
      expect(used).toContain(`functions/handlers/${name}.ts`)
      const writes =
        /^functions\/.*(write-offsets|offset-commit|(jobs|wiring|commands)\/(propose-)?restore)|kafkajs\/.*\/(producer|consumer|admin|produce|offsetCommit)\//
      expect(used.filter(file => writes.test(file))).toEqual([])
    }
  })
})
