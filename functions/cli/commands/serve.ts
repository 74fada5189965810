import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from 'commander'
import { readableIn } from '../../wiring/clusters.ts'
import { pageSourceOf } from '../../wiring/page.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { type ServeFlags, serveFlags } from '../flags/serve.ts'
import { servePage } from '../page/server.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { print, warnOfSkipped } from '../terminal/output.ts'
import { tellFailures } from './stores.ts'

export const addServe = (program: Command) =>
  serveFlags(program.command('serve')).action(async (flags: ServeFlags) => {
    const settings = settingsOfEnvironment()
    const { clusters, failures } = await readableIn(settings, flags.store, flags.cluster)
    if (clusters.length === 0) return tellFailures(failures)
    const source = pageSourceOf(clusters, warnOfSkipped, failures)
    using interruption = untilInterrupted()
    await using server = await servePage(flags.listen, source, settings, flags.metadata ?? false)
    print(`The page is at ${server.url}. Ctrl-C ends the command.`)
    if (flags.open && process.stdout.isTTY) openBrowser(server.url)
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
  })

/** Does nothing if there is no browser to open. */
function openBrowser(url: string): void {
  const hasDesktop = process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (!hasDesktop) return
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  spawn(opener, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
