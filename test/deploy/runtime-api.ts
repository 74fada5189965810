import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'

export interface Outcome {
  /** The function's answer, or its error message. */
  says: unknown
  failed: boolean
  /** Time since the function got the event. */
  ms: number
}

export interface RunningFunction extends AsyncDisposable {
  /** Time from the start of the function's process to its first request for an event, in ms. */
  initTook: number
  /** @param timeLeft ms until Lambda would end the function */
  invoke(event: object, timeLeft?: number): Promise<Outcome>
}

/**
 * Runs a packaged function in its own process under AWS's runtime interface client, which asks this Runtime API for
 * events. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * @param client the folder of aws-lambda-ric
 * @param task the unpacked package
 * @param handler as the template names it
 * @throws Error with its output if it does not start
 */
export async function startFunction(
  client: string,
  task: string,
  handler: string,
  env: Record<string, string>,
): Promise<RunningFunction> {
  let waiting = Promise.withResolvers<ServerResponse>()
  let outcome = Promise.withResolvers<Pick<Outcome, 'says' | 'failed'>>()

  const server = createServer((request, response) => {
    const [what = ''] = /\w+$/.exec(request.url ?? '') ?? []
    if (what === 'next') return waiting.resolve(response)
    void json(request).then(says => {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
      const failed = what === 'error'
      outcome.resolve({ says: failed ? Object(says).errorMessage : says, failed })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  const began = performance.now()
  const child = spawn(process.execPath, [join(client, 'index.mjs')], {
    env: {
      ...env,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: task,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      AWS_LAMBDA_FUNCTION_NAME: handler,
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_LOG_GROUP_NAME: 'group',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    },
  })
  const ended = endOf(child)
  await Promise.race([waiting.promise, outcome.promise.then(({ says }) => Promise.reject(says)), ended])

  return {
    initTook: performance.now() - began,
    async invoke(event, timeLeft = 30_000) {
      const response = await waiting.promise
      waiting = Promise.withResolvers()
      outcome = Promise.withResolvers()
      const given = performance.now()
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': crypto.randomUUID(),
          'lambda-runtime-deadline-ms': String(Date.now() + timeLeft),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:000000000000:function:any',
        })
        .end(JSON.stringify(event))
      const result = await Promise.race([outcome.promise, ended])
      return { ...result, ms: performance.now() - given }
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      server.closeAllConnections()
      server.close()
      await ended.catch(() => {})
    },
  }
}

/** Rejects when the process ends. Lambda would report a crash. */
async function endOf(child: ChildProcess): Promise<never> {
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', data => printed.push(String(data)))
  await once(child, 'close')
  throw new Error(`the function's process has ended: ${printed.join('').slice(-3000)}`)
}
