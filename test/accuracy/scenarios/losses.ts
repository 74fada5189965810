import type { Scenario } from '../scenario.ts'

/** Offsets that expire and are committed again: a loss that looks healthy. */
export const losses: Scenario[] = [
  {
    name: 'back-later',
    rows: {
      orders: { title: 'lost, reported as gone, reset backwards', rule: 'simple', ends: ['expired', 'kept'] },
    },
    async play({ commit, untilGone, untilLookedAt }) {
      await commit('orders', 50n)
      await untilGone('orders')
      await untilLookedAt()
      await commit('orders', 3n)
    },
  },
  {
    name: 'back-at-once',
    rows: {
      orders: { title: 'lost and reset backwards at once', rule: 'simple', ends: ['expired', 'kept'] },
    },
    async play({ commit, untilGone }) {
      await commit('orders', 50n)
      await untilGone('orders')
      await commit('orders', 3n)
    },
  },
  {
    name: 'forth-at-once',
    rows: {
      orders: {
        title: 'lost and reset forwards at once',
        rule: 'simple',
        ends: ['expired', 'kept'],
        limits: { observed: 'a forward reset between two readings' },
      },
    },
    async play({ commit, untilGone }) {
      await commit('orders', 50n)
      await untilGone('orders')
      await commit('orders', 90n)
    },
  },
  {
    name: 'moved-back',
    rows: { orders: { title: 'moved back by hand, not lost', rule: 'simple', ends: ['expired'] } },
    async play({ commit, at }) {
      await commit('orders', 40n)
      await at(12)
      await commit('orders', 50n)
      await at(44)
      await commit('orders', 3n)
    },
  },
  {
    name: 'moved-back-unknown',
    rows: {
      orders: {
        title: 'moved back by hand, of unknown age',
        rule: 'simple',
        ends: ['expired'],
        limits: { observed: 'it may have been lost before the first reading' },
      },
    },
    async play({ commit, at }) {
      await commit('orders', 50n)
      await at(44)
      await commit('orders', 3n)
    },
  },
]
