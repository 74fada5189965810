import type { Settings } from '../functions/core/model/settings.ts'

const MINUTE = 60_000

/**
 * The resources of each cluster: three schedules, and an alarm for each thing that must come regularly.
 *
 * A snapshot comes every `interval`. Watch starts by the event of each snapshot, and also by its own schedule, because
 * deadlines come nearer even without snapshots. Watch then posts in Slack that snapshots are missing. The heartbeat and
 * the alarms need no Slack.
 */
export function clusterResources({ clusters, interval }: Settings): { Resources: Record<string, object> } {
  const minutes = interval / MINUTE
  const resources = clusters.flatMap(({ name }) => {
    const id = logicalId(name)
    return [
      [`${id}SnapshotSchedule`, schedule('Snapshot', name, minutes)],
      [`${id}WatchSchedule`, schedule('Watch', name, minutes)],
      [`${id}HeartbeatSchedule`, schedule('Heartbeat', name, minutes)],
      [
        `${id}NoSnapshot`,
        absence('SnapshotTaken', name, minutes, `No snapshot of ${name} for two intervals`),
      ],
      [`${id}NoWatch`, absence('Watched', name, minutes, `No watch of ${name} for two intervals`)],
      [`${id}NoHeartbeat`, absence('Heartbeat', name, minutes, `No heartbeat of ${name} for two intervals`)],
    ] as const
  })
  return { Resources: Object.fromEntries(resources) }
}

/** Letters and digits only, and different for names that differ in other characters. */
const logicalId = (cluster: string) =>
  `Cluster${cluster.replace(/[^A-Za-z0-9]/g, other => `x${other.charCodeAt(0).toString(16)}`)}`

/** Scheduler retries only the delivery, not a run that fails. */
const schedule = (job: 'Snapshot' | 'Watch' | 'Heartbeat', cluster: string, minutes: number) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    Description: `${job} of ${cluster}`,
    ScheduleExpression: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: { 'Fn::GetAtt': [`${job}LambdaFunction`, 'Arn'] },
      RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
      Input: JSON.stringify({ cluster }),
      RetryPolicy: { MaximumEventAgeInSeconds: maximumEventAge(minutes), MaximumRetryAttempts: 10 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['FailedRuns', 'Arn'] } },
    },
  },
})

/** Seconds, from 60 to 6 hours as Lambda allows. A run that starts after the next one is useless. */
export const maximumEventAge = (minutes: number) => Math.min(Math.max(minutes * 60, 60), 21_600)

const absence = (metric: string, cluster: string, minutes: number, description: string) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription: `${description}. See the log of the function, its schedule, and the queue of failed runs`,
    Namespace: 'OffsetWatchdog',
    MetricName: metric,
    Dimensions: [
      { Name: 'service', Value: { Ref: 'AWS::StackName' } },
      { Name: 'cluster', Value: cluster },
    ],
    Statistic: 'Sum',
    Period: minutes * 60,
    EvaluationPeriods: 2,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    OKActions: [{ Ref: 'AlarmTopic' }],
  },
})
