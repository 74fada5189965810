import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '../brokers/ports.ts'
import { until } from '../brokers/until.ts'
import { pythonPackage } from './python.ts'

export interface Aws extends AsyncDisposable {
  /** Environment variables that lead the AWS SDK and osls to the emulator. */
  readonly env: Readonly<Record<string, string>>
  /** The emulator's output so far, including Lambda's logs. */
  log(): string
}

/** Ends the emulator when this process ends and closes its pipe. An orphaned emulator would keep its port. */
const leash = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from ministack.app import main
sys.argv = ['ministack']
main()`

/** Starts an empty emulator of AWS on a free port of this machine. */
export async function startAws(): Promise<Aws> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
  }
  const child = spawn('python3', ['-c', leash], {
    env: {
      ...process.env,
      PYTHONPATH: await pythonPackage('ministack'),
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: env.AWS_REGION,
    },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => said.push(String(data)))
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')

  const aws = {
    env,
    log: () => said.join(''),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
  const isReady = await until(async () => child.exitCode !== null || isHealthy(url)).catch(() => false)
  if (isReady && child.exitCode === null) return aws
  await aws[Symbol.asyncDispose]()
  throw new Error(`ministack does not start: ${aws.log().slice(-2000)}`)
}

const isHealthy = (url: string) =>
  fetch(`${url}/_ministack/health`).then(
    ({ ok }) => ok,
    () => false,
  )
