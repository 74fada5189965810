import { Failure } from '../functions/core/model/failure.ts'
import type { ClusterSettings, Settings } from '../functions/core/model/settings.ts'

/**
 * The snapshot function's rights in clusters of Amazon MSK: only to read. AWS lists kafka-cluster:AlterGroup beside
 * ReadData, for consumers that join a group; the watchdog joins none.
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 * @returns one policy of its role; undefined if no cluster uses IAM
 */
export function mskPolicy({ clusters }: Settings): object | undefined {
  const statements = clusters.flatMap(statementsOf)
  if (statements.length === 0) return undefined
  return { PolicyName: 'msk', PolicyDocument: { Version: '2012-10-17', Statement: statements } }
}

function statementsOf({ kafka: { sasl }, msk }: ClusterSettings): object[] {
  if (sasl?.mechanism !== 'aws-msk-iam') return []
  // The role to assume has the rights in the cluster; the function only needs the right to assume that role.
  if (sasl.role) return [allow(['sts:AssumeRole'], sasl.role.arn)]
  if (!msk) return []
  const { topic, group } = arnsIn(msk.arn)
  return [
    allow(['Connect', 'DescribeCluster', 'DescribeClusterDynamicConfiguration'].map(inCluster), msk.arn),
    allow(['DescribeTopic', 'DescribeTopicDynamicConfiguration'].map(inCluster), topic('*')),
    allow(['ReadData'].map(inCluster), topic('__consumer_offsets')),
    allow(['DescribeGroup'].map(inCluster), group('*')),
  ]
}

const inCluster = (action: string) => `kafka-cluster:${action}`
const allow = (Action: string[], Resource: string) => ({ Effect: 'Allow', Action, Resource })

/** `arn:aws:kafka:REGION:ACCOUNT:topic/CLUSTER/UUID/NAME`, and the same with `group`. */
function arnsIn(cluster: string) {
  const of = (kind: string) => (name: string) => `${cluster.replace(':cluster/', `:${kind}/`)}/${name}`
  return { topic: of('topic'), group: of('group') }
}

/**
 * @param path of the settings file
 * @throws Failure if a function on AWS could not sign in to an MSK cluster
 */
export function checkSignIn({ name, kafka: { sasl }, msk }: ClusterSettings, path: string): void {
  const isIam = sasl?.mechanism === 'aws-msk-iam'
  if (isIam && !sasl.role && !msk)
    throw new Failure(
      `cluster "${name}" in ${path} uses AWS_MSK_IAM, but has no ARN for the rights of the function: write msk.arn, or kafka.saslAwsRoleArn for a role of another account.`,
    )
  if (msk && !isIam)
    throw new Failure(
      `msk.arn of cluster "${name}" in ${path} gives rights that only saslMechanism AWS_MSK_IAM uses: set that mechanism, or leave msk out.`,
    )
  if (sasl?.mechanism === 'oauthbearer' && 'path' in sasl.token)
    throw new Failure(
      `saslOauthTokenPath of cluster "${name}" in ${path} names a file, but a function on AWS has no such file: set saslOauthTokenEndpoint and its client.`,
    )
}
