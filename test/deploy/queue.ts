import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import type { Deployment } from './deployment.ts'

/** A subscriber's message: an event of EventBridge, or an alarm's notification. */
export interface Message {
  'detail-type'?: string
  detail?: { cluster: string; group?: string }
  AlarmName?: string
  NewStateValue?: string
}

/** An SQS queue of another team. */
export interface Queue {
  readonly received: Message[]
  /** Subscribes to all of the watchdog's events on this bus. */
  toEvents(bus: string): Promise<void>
  /** Subscribes to this SNS topic. */
  toTopic(arn: string): Promise<void>
  /** Waits until this number of matching messages has arrived. */
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
