import type { Route } from '../core/model/settings.ts'

/** Output of `routes --json` for one file. */
export const routesJson = (file: string, routes: readonly Route[]) => ({
  schemaVersion: 1,
  file,
  routes: routes.map(routeJson),
})

const routeJson = ({ pattern, owner, channel, mention }: Route) => ({
  pattern,
  owner: owner ?? null,
  channel: channel ?? null,
  mention: mention ?? null,
})
