import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { stringify } from 'yaml'
import { freePorts } from '../brokers/ports.ts'
import { until } from '../brokers/until.ts'
import { debianPackage } from '../debian/package.ts'

const binary = async (name: 'prometheus' | 'promtool') =>
  join(await debianPackage('prometheus'), 'usr/bin', name)

/**
 * @returns the output of promtool
 * @throws if it has a finding
 */
export const promtool = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(await binary('promtool'), args)).stdout

const apiAnswer = v.variant('status', [
  v.object({ status: v.literal('success'), data: v.unknown() }),
  v.object({ status: v.literal('error'), error: v.string() }),
])
const queryData = v.object({
  result: v.array(
    v.object({ metric: v.record(v.string(), v.string()), value: v.tuple([v.number(), v.string()]) }),
  ),
})
const alertsData = v.object({
  alerts: v.array(v.object({ state: v.string(), labels: v.object({ alertname: v.string() }) })),
})

export interface PrometheusServer extends AsyncDisposable {
  url: string
  /** The result of an instant query. */
  query(expression: string): Promise<v.InferOutput<typeof queryData>['result']>
  /** The names of the alerts that fire. */
  firing(): Promise<string[]>
}

/** A real Prometheus that scrapes this port each second, under these rules. */
export async function startPrometheus(scraped: number, rules: string): Promise<PrometheusServer> {
  const [port = 0] = await freePorts(1)
  const data = await mkdtemp(join(tmpdir(), 'prometheus-'))
  const config = join(data, 'prometheus.yml')
  const targets = [`127.0.0.1:${scraped}`]
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [{ job_name: 'offset-watchdog', static_configs: [{ targets }] }],
    }),
  )
  const child = spawn(
    await binary('prometheus'),
    [`--config.file=${config}`, `--storage.tsdb.path=${data}/tsdb`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const said: string[] = []
  child.stderr.on('data', data => said.push(String(data)))
  const ended = once(child, 'exit')

  const url = `http://127.0.0.1:${port}`
  const ask = async (path: string) => {
    const response = await fetch(`${url}/api/v1/${path}`)
    const answer = v.parse(apiAnswer, await response.json())
    if (answer.status === 'error') throw new Error(answer.error)
    return answer.data
  }
  const server: PrometheusServer = {
    url,
    query: async expression =>
      v.parse(queryData, await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    async firing() {
      const { alerts } = v.parse(alertsData, await ask('alerts'))
      const firing = alerts.filter(({ state }) => state === 'firing')
      return firing.map(({ labels }) => labels.alertname).sort()
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      await rm(data, { recursive: true, force: true })
    },
  }
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(isReady).catch(async () => {
    await server[Symbol.asyncDispose]()
    throw new Error(`Prometheus does not start: ${said.join('').slice(-2000)}`)
  })
  return server
}
