import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Receiver, startReceiver } from '../webhooks/receiver.ts'
import { type Deployment, startDeployment } from './deployment.ts'

/** The surroundings of a deployment: an AWS account, a Kafka that needs a password, and Slack. */
export interface World extends AsyncDisposable {
  aws: Deployment
  kafka: SecuredKafka
  slack: FakeSlack
  /** The receiver of the settings' webhook. */
  pager: Receiver
  /** Slack's signing secret. */
  signingSecret: string
}

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'

/** A reference to a secret in a settings file. */
const reference = (name: string) => `\${${name}}`

/** Starts the world with its secrets in Parameter Store, and without a deployment. */
export async function startWorld(stage: string): Promise<World> {
  const properties = { 'allow.everyone.if.no.acl.found': 'true' }
  const [kafka, slack, pager] = await Promise.all([
    startSecuredKafka({ retentionMinutes: 600, properties }),
    startSlack(),
    startReceiver(),
  ])
  const aws = await startDeployment(stage, settingsFor(kafka))
  await aws.putSecret('SLACK_BOT_TOKEN', slack.token)
  await aws.putSecret('SLACK_SIGNING_SECRET', signingSecret)
  await aws.putSecret('PAGER_URL', pager.url)
  await aws.putSecret('PAGER_SECRET', 'a secret of the pager')
  await aws.putSecret('prod/KAFKA_CA', kafka.ca)
  await aws.putSecret('prod/KAFKA_SASL_PASSWORD', kafka.user.password)

  return {
    aws,
    kafka,
    slack,
    pager,
    signingSecret,
    async [Symbol.asyncDispose]() {
      await Promise.all([aws[Symbol.asyncDispose](), kafka.close(), slack.stop()])
      await pager[Symbol.asyncDispose]()
    },
  }
}

const settingsFor = (kafka: SecuredKafka) => ({
  interval: '1m',
  clockSkew: '0s',
  slack: {
    botToken: reference('SLACK_BOT_TOKEN'),
    signingSecret: reference('SLACK_SIGNING_SECRET'),
    teamId: 'T0123',
    buttons: true,
  },
  webhooks: [
    { name: 'pager', format: 'cloudevents', url: reference('PAGER_URL'), secret: reference('PAGER_SECRET') },
  ],
  clusters: [
    {
      name: 'prod',
      kafka: {
        brokers: [...kafka.saslTls],
        securityProtocol: 'SASL_SSL',
        ca: reference('KAFKA_CA'),
        saslMechanism: 'SCRAM-SHA-512',
        saslUsername: kafka.user.username,
        saslPassword: reference('KAFKA_SASL_PASSWORD'),
      },
    },
  ],
})
