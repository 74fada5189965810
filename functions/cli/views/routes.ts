import type { Route } from '../../core/model/settings.ts'
import { count } from '../../text/count.ts'
import { name } from './format.ts'
import { table } from './table.ts'

export const routesView = (file: string, routes: readonly Route[]): string =>
  `${file}: ${count(routes.length, 'route')}\n\n${routesTable(routes)}`

const routesTable = (routes: readonly Route[]): string =>
  table(
    ['PATTERN', 'OWNER', 'CHANNEL', 'MENTION'],
    routes.map(({ pattern, owner, channel, mention }) => [
      name(pattern),
      owner ?? 'none',
      channel ?? 'the default channel',
      mention ?? 'the default mention',
    ]),
  )
