import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeWithPython } from '../aws/describe.ts'
import { pythonPackage } from '../aws/python.ts'
import { timeToImport } from '../bench/bundles.ts'
import { packagedTemplate, reference, type Template } from './template.ts'

// Checks parts of the template that the emulator ignores, or that it accepts and AWS refuses.

let template: Template
beforeAll(async () => {
  template = await packagedTemplate('template')
})
afterAll(() => template[Symbol.dispose]())

const ofType = (type: string) => template.ofType(type)
const propertiesOf = (name: string) => template.resources[name]?.Properties

describeWithPython('the template', () => {
  test('is valid', async () => {
    const lint = await pythonPackage('cfn-lint')
    // W3005: osls lists dependencies twice. W8003, W1033: empty parameters, such as those of a VPC.
    const options = ['-r', 'eu-west-1', '-i', 'W3005', '-i', 'W8003', '-i', 'W1033', '-t', template.file]
    const env = { ...process.env, PYTHONPATH: lint }
    const found = await promisify(execFile)('python3', [join(lint, 'bin', 'cfn-lint'), ...options], {
      env,
    }).catch(({ stdout }: { stdout: string }) => ({ stdout }))
    expect(found.stdout.trim()).toBe('')
  })
})

describe('the bucket', () => {
  test('outlives the stack, and is private and versioned', () => {
    expect(template.resources.SnapshotBucket?.DeletionPolicy).toBe('Retain')
    expect(propertiesOf('SnapshotBucket')).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    // A default retention would lock the alert state, too.
    expect(propertiesOf('SnapshotBucket')).not.toHaveProperty('ObjectLockConfiguration')
    expect(propertiesOf('SnapshotBucket').ObjectLockEnabled).toEqual({ Ref: 'AWS::NoValue' })
  })

  test('refuses to overwrite snapshots, restores, actions and ignore rules', () => {
    const deny = propertiesOf('SnapshotBucketPolicy').PolicyDocument.Statement
    expect(deny.map(({ Effect }: { Effect: string }) => Effect)).toEqual(['Deny', 'Deny', 'Deny'])
    expect(deny[0].Condition).toEqual({ Bool: { 'aws:SecureTransport': false } })
    expect(deny[1]).toMatchObject({
      Action: 's3:PutObject',
      Resource: [
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/snapshots/*` },
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/manifests/*` },
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/restores/*` },
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/actions/*` },
        { 'Fn::Sub': `${reference('SnapshotBucket.Arn')}/ignores/*` },
      ],
      Condition: { Null: { 's3:if-none-match': true } },
    })
  })

  test('expires snapshots by their tag, rows a day after their manifest, and never the alert state', () => {
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

describe('the functions', () => {
  test('have a schedule for each cluster and job, with retries of the delivery', () => {
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

  test('do not repeat a failed run, which goes to the queue of failed runs', () => {
    const configs = ofType('AWS::Lambda::EventInvokeConfig')
      .map(([, { Properties }]) => Properties)
      // A user who asked in Slack asks again.
      .filter(({ FunctionName }) => FunctionName.Ref !== 'SlackLambdaFunction')
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

  test('run on Node 24 and arm64, without reserved concurrency', () => {
    const functions = ofType('AWS::Lambda::Function')
    expect(functions).toHaveLength(5)
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions')
    }
    expect(
      ofType('AWS::Logs::LogGroup').every(([, { Properties }]) => Properties.RetentionInDays === 30),
    ).toBe(true)
  })

  test('have alarms for missing runs of each cluster, and for errors of each function', () => {
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
    const errors = alarms.filter(({ MetricName }) => MetricName === 'Errors')
    expect(new Set(errors.map(({ Dimensions }) => Dimensions[0].Value.Ref))).toEqual(
      new Set(ofType('AWS::Lambda::Function').map(([name]) => name)),
    )
  })

  test('docs/operations.md explains each alarm', () => {
    const docs = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const names = ofType('AWS::CloudWatch::Alarm').map(([name]) => name.replace(/^Cluster.*(?=No[A-Z])/, ''))
    expect(new Set(names).size).toBeGreaterThan(8)
    expect(names.filter(name => !docs.includes(`| \`${name}\``))).toEqual([])
  })

  test('print our files and lines in a stack trace, by the source map', async () => {
    const module = join(template.folder, '.build', 'template', 'heartbeat', 'heartbeat.mjs')
    const run = `import(${JSON.stringify(module)}).then(({ handler }) => handler({}, 'no context'))`
    const { stderr } = await promisify(execFile)('node', ['--enable-source-maps', '-e', run]).catch(
      (failed: { stderr: string }) => failed,
    )
    expect(stderr).toMatch(/TypeError: .*\n.*functions\/handlers\/lambda\.ts:\d+:\d+/)
  })

  test.each(['snapshot', 'watch', 'heartbeat', 'lookup', 'slack'])(
    '%s weighs less than 300 KB, with its source map',
    name => {
      expect(statSync(join(template.folder, '.serverless', `${name}.zip`)).size).toBeLessThan(300 * 1024)
    },
  )

  test('snapshot is imported in less than 150 ms of CPU time', async () => {
    const module = join(template.folder, '.build', 'template', 'snapshot', 'snapshot.mjs')
    // The best of several runs, in CPU time: this machine may be busy.
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < 30 && best >= 150; run++) best = Math.min(best, (await timeToImport(module)).cpu)
    expect(best).toBeLessThan(150)
  })
})
