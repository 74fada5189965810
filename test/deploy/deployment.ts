import { once } from 'node:events'
import { request } from 'node:http'
import { text as bodyOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { type Aws, startAws } from '../aws/ministack.ts'
import { type Osls, osls } from './osls.ts'

export interface Answer {
  status: number | undefined
  body: string
}

/**
 * A deployment in an emulator of AWS, with the places where a user would look. While it exists, process.env leads to
 * the emulator.
 */
export interface Deployment extends AsyncDisposable {
  readonly aws: Aws
  readonly osls: Osls
  /** The stack's outputs by name; empty before the deployment. */
  outputs(): Promise<Map<string, string>>
  /** Sets a parameter of Parameter Store below this stage's path; undefined deletes it. */
  putSecret(name: string, value: string | undefined): Promise<void>
  /** Runs a function. Resolves to undefined, or to its error. */
  invoke(name: string, event: object): Promise<string | undefined>
  /** Sets variables in the environment of a function. */
  configure(name: string, variables: Record<string, string>): Promise<void>
  /** The lines that a function has logged so far. */
  logged(name: string): Promise<string[]>
  /** Calls the URL of a function. The host tells the emulator which function it is. */
  callUrl(
    url: string,
    query: string,
    init?: { headers?: Record<string, string>; body?: string },
  ): Promise<Answer>
  /** Calls a service that speaks JSON, without its client. */
  json(service: string, target: string, body: object): Promise<string>
  /** Calls a service that takes forms, without its client. */
  form(service: string, body: Record<string, string>): Promise<string>
  rest(service: string, method: string, path: string): Promise<string>
  /** The keys of the objects in a bucket. */
  keys(bucket: string): Promise<string[]>
  /** Waits until `look` finds something. The error of a time-out has the functions' logs. */
  until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T>
}

/** The emulator reads who signed a request, and does not check the signature. */
const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
})

export async function startDeployment(stage: string, settings: object): Promise<Deployment> {
  const before = { ...process.env }
  const aws = await startAws()
  Object.assign(process.env, aws.env)
  const deployment = osls(stage, settings, aws.env)

  const ask = async (service: string, path: string, init: RequestInit = {}) => {
    const headers = { ...Object(init.headers), ...signedFor(service) }
    return (await fetch(aws.env.AWS_ENDPOINT_URL + path, { ...init, headers })).text()
  }
  const json = (service: string, target: string, body: object) =>
    ask(service, '/', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: JSON.stringify(body),
    })
  const form = (service: string, body: Record<string, string>) =>
    ask(service, '/', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(body).toString(),
    })

  async function outputs(): Promise<Map<string, string>> {
    const stack = await form('cloudformation', {
      Action: 'DescribeStacks',
      StackName: `offset-watchdog-${stage}`,
    })
    const output = /<OutputKey>(.*?)<\/OutputKey>\s*<OutputValue>(.*?)<\/OutputValue>/g
    return new Map([...stack.matchAll(output)].map(([, key = '', value = '']) => [key, value]))
  }

  const functionName = (name: string) => `offset-watchdog-${stage}-${name}`
  async function logged(name: string): Promise<string[]> {
    const group = { logGroupName: `/aws/lambda/${functionName(name)}` }
    const { events = [] } = JSON.parse(await json('logs', 'Logs_20140328.FilterLogEvents', group))
    return events.flatMap(({ message }: { message: string }) => message.split('\n'))
  }

  return {
    aws,
    osls: deployment,
    outputs,
    json,
    form,
    rest: (service, method, path) => ask(service, path, { method }),

    async putSecret(name, Value) {
      const Name = `/offset-watchdog/${stage}/${name}`
      const ssm = new SSMClient()
      if (Value === undefined) await ssm.send(new DeleteParameterCommand({ Name }))
      else await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))
    },

    async invoke(name, event) {
      const { FunctionError, Payload = [] } = await new LambdaClient().send(
        new InvokeCommand({
          FunctionName: functionName(name),
          Payload: JSON.stringify(event),
        }),
      )
      return FunctionError && JSON.parse(Buffer.from(Payload).toString()).errorMessage
    },

    async configure(name, variables) {
      const lambda = new LambdaClient()
      const FunctionName = functionName(name)
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
      const Variables = { ...Environment?.Variables, ...variables }
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }))
    },
    logged,

    async callUrl(url, query, { headers = {}, body } = {}) {
      const asked = request(`${aws.env.AWS_ENDPOINT_URL}/${query}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { host: new URL(url).host, ...signedFor('lambda'), ...headers },
      }).end(body)
      const [response] = await once(asked, 'response')
      return { status: response.statusCode, body: await bodyOf(response) }
    },

    async keys(Bucket) {
      const { Contents = [] } = await new S3Client({ forcePathStyle: true }).send(
        new ListObjectsV2Command({ Bucket }),
      )
      return Contents.map(({ Key = '' }) => Key)
    },

    async until(what, look) {
      // The time limit only ends a test that hangs.
      for (const end = Date.now() + 240_000; Date.now() < end; await sleep(500)) {
        const found = await look()
        if (found) return found
      }
      const logs = await Promise.all(['snapshot', 'watch', 'slack'].map(logged))
      throw new Error(`${what} did not happen; the functions said:\n${logs.flat().join('\n')}`)
    },

    async [Symbol.asyncDispose]() {
      await aws[Symbol.asyncDispose]()
      deployment[Symbol.dispose]()
      process.env = before
    },
  }
}
