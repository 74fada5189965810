import type { GroupKind } from '../../functions/core/model/commit.ts'
import { DAY, HOUR } from '../core/readings.ts'

/** A random number from 0 to 1, the same in every run. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The life of a group. Times are in ms from the beginning. */
export interface Member {
  group: string
  /** The team whose route matches the group; undefined if there is none. */
  team: string | undefined
  kind: Extract<GroupKind, 'simple' | 'classic' | 'consumer'>
  from: number
  /** The group stops at this time, for good. */
  until: number
  stopsAtWeekends: boolean
  /** ms between two records of its topic. */
  every: number
  /** Hours between two deployments. */
  deploys: number
}

const firsts = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heron', 'iris', 'jade']
const seconds = ['orders', 'billing', 'stock', 'search', 'mail', 'fraud', 'claims', 'pricing']
const services = [
  'ingest',
  'enrich',
  'index',
  'export',
  'audit',
  'notify',
  'report',
  'sync',
  'merge',
  'cache',
]

export const allTeams = firsts.flatMap(first => seconds.map(second => `${first}-${second}`))

/** Short-lived groups begin before the month, so that the month's first snapshot includes ended ones. */
export const BEFORE = 8 * DAY

interface Size {
  teams: readonly string[]
  groups: number
  length: number
}

/** 70 % of the groups belong to services of the teams, and 30 % are short-lived. */
export function cast({ teams, groups, length }: Size, random: () => number): Member[] {
  const lasting = Array.from({ length: Math.round(groups * 0.7) }, (_, i): Member => {
    const [team = '', kind] = [teams[i % teams.length], random()]
    const service = services[Math.floor(i / teams.length) % services.length] ?? ''
    return {
      group: `${team}.${service}`,
      team,
      kind: kind < 0.6 ? 'classic' : kind < 0.85 ? 'consumer' : 'simple',
      from: 0,
      until: Infinity,
      stopsAtWeekends: random() < 0.2,
      every: random() < 0.1 ? 3 * DAY : HOUR,
      deploys: Math.floor(20 + random() * 100),
    }
  })
  const short = Array.from({ length: Math.round(groups * 0.3) }, (_, i): Member => {
    const from = Math.floor(random() * (BEFORE + length - DAY))
    const hash = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
    // Two teams run tests against this cluster, with group names of their own.
    const team = i % 5 === 0 ? teams[(i / 5) % 2] : undefined
    return {
      group: team ? `${team}.it-${hash}` : i % 5 < 3 ? `ci-${hash}` : `preview-${i}`,
      team,
      kind: random() < 0.5 ? 'classic' : 'consumer',
      from,
      until: from + HOUR + Math.floor(random() * 20 * HOUR),
      stopsAtWeekends: false,
      every: HOUR,
      deploys: Infinity,
    }
  })
  // Some services are switched off for good, with unread records: one in each of these teams.
  const ending = teams.slice(5, 5 + Math.round(teams.length / 10))
  for (const [i, team] of ending.entries()) {
    const member = lasting.find(each => each.team === team && each.kind === 'classic')
    if (member) member.until = BEFORE + (i + 1) * Math.floor(length / (ending.length + 4))
  }
  return [...lasting, ...short]
}
