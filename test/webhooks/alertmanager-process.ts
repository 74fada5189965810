import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../brokers/ports.ts'
import { until } from '../brokers/until.ts'
import { debianPackage } from '../debian/package.ts'

/** An alert as Alertmanager reports it, by its API or to a receiver. */
export interface FiringAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  generatorURL: string
}

/** What Alertmanager posts to a receiver of webhooks. */
export interface Notification {
  status: 'firing' | 'resolved'
  alerts: (FiringAlert & { status: 'firing' | 'resolved' })[]
}

export interface AlertmanagerProcess extends AsyncDisposable {
  readonly url: string
  /** The alerts that are firing now. */
  firing(): Promise<FiringAlert[]>
}

/**
 * Debian's Alertmanager on a free port of this machine. This Alertmanager notifies `receiver` of firing and resolved
 * alerts.
 */
export async function startAlertmanager(receiver: string): Promise<AlertmanagerProcess> {
  const unpacked = await debianPackage('prometheus-alertmanager')
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-alertmanager-'))
  const [port] = await freePorts(1)
  // Alertmanager resolves an alert without an end after one second. The watchdog's alerts must outlive that.
  const config = {
    global: { resolve_timeout: '1s' },
    route: {
      receiver: 'test',
      group_by: ['...'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [{ name: 'test', webhook_configs: [{ url: receiver, send_resolved: true }] }],
  }
  await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(config))
  const url = `http://127.0.0.1:${port}`
  const flags = [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ]
  const program = join(folder, 'alertmanager')
  await writeFile(program, relocated(await readFile(join(unpacked, 'usr/bin/prometheus-alertmanager'))), {
    mode: 0o755,
  })
  const child = spawn(program, flags, { cwd: join(unpacked, installed), stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  child.stderr.on('data', data => said.push(String(data)))
  const ended = once(child, 'close')
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Alertmanager does not start: ${said.join('').slice(-2000)}`)
    return isReady()
  })
  return {
    url,
    firing: async () => {
      const answer = await fetch(`${url}/api/v2/alerts?active=true`)
      return (await answer.json()) as FiringAlert[]
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const installed = '/usr/share/prometheus/alertmanager'

/**
 * Debian's build reads its templates from a fixed folder, which only root could make. A path of the same length leads to
 * the folder in which the process runs.
 */
function relocated(program: Buffer): Buffer {
  const here = '/proc/self/cwd'.padEnd(installed.length, '/')
  for (let at = program.indexOf(installed); at >= 0; at = program.indexOf(installed, at + 1))
    program.write(here, at)
  return program
}
