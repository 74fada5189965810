import { type Command, InvalidArgumentError, Option } from 'commander'
import type { PageAddress } from '../page/server.ts'
import { clusterOption, storesOption } from './options.ts'

export interface ServeFlags {
  listen: PageAddress
  cluster?: string
  store: string[]
  metadata?: boolean
  open?: boolean
}

export const loopback: PageAddress = { host: '127.0.0.1', port: 8090 }

/** `8090`, `127.0.0.1:8090` or `[::1]:8090`. */
export function pageAddress(text: string): PageAddress {
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([\da-fA-F:.]+)\]|([^\s:[\]]+)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits !== undefined && port <= 65_535) return { host: bracketed ?? plain ?? loopback.host, port }
  throw new InvalidArgumentError('Write a port, or an address with a port such as 0.0.0.0:8090.')
}

export const serveFlags = (command: Command): Command =>
  command
    .description(
      'serve a page for the browser with losses, near deadlines, every group and the age of the newest snapshot',
    )
    .addOption(
      new Option(
        '--listen <address>',
        'port, or address and port; an address other than loopback needs a proxy that signs people in',
      )
        .argParser(pageAddress)
        .default(loopback, '127.0.0.1:8090'),
    )
    .addOption(clusterOption())
    .addOption(storesOption())
    .option('--metadata', 'show commit metadata; applications may have written secrets into it')
    .option('--no-open', 'do not open a browser')
    .addHelpText(
      'after',
      `
serve reads only the store, with your own credentials. Ctrl-C ends the command.

Examples:
  $ offset-watchdog serve
  $ WATCHDOG_STORE=s3://bucket/prefix offset-watchdog serve --listen 9000 --no-open
  $ offset-watchdog serve --store s3://bucket/team-a --store s3://bucket/team-b`,
    )
