import type { Settings } from '../functions/core/model/settings.ts'
import { objectsIn, placeOf } from './bucket.ts'

/**
 * The one function that anybody may call, because Slack does not sign with SigV4. The function exists only if the
 * settings have the signing secret and the team id that verify a request.
 */
export const hasSlashCommand = ({ slashCommand }: Settings): boolean => slashCommand !== undefined

/** @param maySecrets a statement of a role that lets the function read Slack's secrets */
export function slashCommand(settings: Settings, stage: string, maySecrets: object) {
  const { slashCommand: command, slack } = settings
  if (command === undefined) return { functions: {}, resources: {} }

  const place = placeOf(settings)
  const functionName = `offset-watchdog-${stage}-slack`
  const folder = `.build/${stage}/slack`
  return {
    functions: {
      slack: {
        handler: `${folder}/slack.handler`,
        description: 'Answers /offsets and buttons in Slack, after it has verified the request',
        role: 'SlackRole',
        memorySize: 512,
        timeout: 60,
        maximumRetryAttempts: 0,
        ...(command.reservedConcurrency !== undefined && {
          reservedConcurrency: command.reservedConcurrency,
        }),
        url: true,
        package: { patterns: ['!**', `${folder}/**`] },
      },
    },
    resources: {
      Resources: {
        SlackRole: role([
          {
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: attribute('SlackLogGroup'),
          },
          { Effect: 'Allow', Action: 's3:ListBucket', Resource: place.bucketArn },
          {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: objectsIn(place, [
              'snapshots',
              'manifests',
              ...(slack?.buttons ? ['alerts', 'ignores'] : []),
            ]),
          },
          // A click changes the alert state, and leaves a record.
          ...(slack?.buttons
            ? [
                {
                  Effect: 'Allow',
                  Action: 's3:PutObject',
                  Resource: objectsIn(place, ['alerts', 'ignores', 'actions']),
                },
              ]
            : []),
          // Slack waits three seconds. For longer work the function invokes itself.
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: {
              'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`,
            },
          },
          maySecrets,
        ]),
        SlackErrors: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            AlarmDescription: 'A request from Slack got no answer. The log of the function says why',
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'SlackLambdaFunction' } }],
            Statistic: 'Sum',
            Period: 300,
            EvaluationPeriods: 1,
            Threshold: 1,
            ComparisonOperator: 'GreaterThanOrEqualToThreshold',
            TreatMissingData: 'notBreaching',
            AlarmActions: [{ Ref: 'AlarmTopic' }],
          },
        },
      },
    },
  }
}

const attribute = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] })

const role = (Statement: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    Policies: [{ PolicyName: 'slack', PolicyDocument: { Version: '2012-10-17', Statement } }],
  },
})
