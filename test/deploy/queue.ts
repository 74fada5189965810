import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import type { Deployment } from './deployment.ts'

/** What a subscriber gets: an event of EventBridge, or what an alarm says. */
export interface Message {
  'detail-type'?: string
  detail?: { cluster: string; group?: string }
  AlarmName?: string
  NewStateValue?: string
}

/** A queue of SQS, as another team has it. */
export interface Queue {
  readonly received: Message[]
  /** All of the watchdog's events on this bus come here from now on. */
  toEvents(bus: string): Promise<void>
  /** And what is said on this topic of SNS. */
  toTopic(arn: string): Promise<void>
  /** Waits until so many that are such have come. */
  until(what: string, times: number, isIt: (message: Message) => boolean): Promise<void>
}

export async function subscriber(aws: Deployment, name: string): Promise<Queue> {
  const ask = async (action: string, body: object) =>
    JSON.parse(await aws.json('sqs', `AmazonSQS.${action}`, body))
  const { QueueUrl } = await ask('CreateQueue', { QueueName: name })
  const { Attributes } = await ask('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] })
  const Arn: string = Attributes.QueueArn
  const received: Message[] = []

  async function receive(): Promise<void> {
    const { Messages = [] } = await ask('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })
    for (const { Body, ReceiptHandle } of Messages) {
      received.push(JSON.parse(Body))
      await ask('DeleteMessage', { QueueUrl, ReceiptHandle })
    }
  }

  return {
    received,
    async toEvents(EventBusName) {
      const client = new EventBridgeClient()
      const EventPattern = JSON.stringify({ source: ['offset-watchdog'] })
      await client.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }))
      await client.send(new PutTargetsCommand({ Rule: name, EventBusName, Targets: [{ Id: name, Arn }] }))
    },
    async toTopic(TopicArn) {
      const raw = { 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': 'true' }
      await aws.form('sns', { Action: 'Subscribe', TopicArn, Protocol: 'sqs', Endpoint: Arn, ...raw })
    },
    until: async (what, times, isIt) => {
      await aws.until(what, async () => {
        await receive()
        return received.filter(isIt).length >= times
      })
    },
  }
}
