import type { Scenario } from '../scenario.ts'

const unseen = { observed: 'an explicit expiry' }

/** Offsets with their own expiry, which only OffsetCommit v2–v4 can write. */
export const explicit: Scenario[] = [
  {
    name: 'shorter',
    rows: {
      orders: { title: 'explicit expiry, shorter', rule: 'explicit', ends: ['expired'], limits: unseen },
    },
    async play({ commit }) {
      await commit('orders', 1n, { expiresIn: 52_000 })
    },
  },
  {
    name: 'longer',
    rows: {
      orders: { title: 'explicit expiry, longer', rule: 'explicit', ends: ['expired'], limits: unseen },
    },
    async play({ commit }) {
      await commit('orders', 1n, { expiresIn: 95_000 })
    },
  },
  {
    name: 'cleared',
    rows: {
      orders: { title: 'explicit expiry, cleared by a later commit', rule: 'simple', ends: ['expired'] },
    },
    async play({ commit, at }) {
      await commit('orders', 1n, { expiresIn: 45_000 })
      await at(12)
      await commit('orders', 2n)
    },
  },
  {
    name: 'held',
    rows: {
      orders: {
        title: 'explicit expiry, held by a subscriber',
        rule: 'classic-guarded',
        ends: ['expired'],
        limits: unseen,
      },
    },
    async play({ commit, join, at }) {
      await commit('orders', 1n, { expiresIn: 45_000 })
      const member = await join('classic', 'orders')
      await at(85)
      await member.leave()
    },
  },
]
