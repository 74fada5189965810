import type { Scenario } from '../scenario.ts'

/** Groups that never had a member: each partition's clock starts with its own last commit. */
export const simple: Scenario[] = [
  {
    name: 'simple',
    rows: { orders: { title: 'simple', rule: 'simple', ends: ['expired'] } },
    async play({ commit, at }) {
      await commit('orders', 1n)
      await at(12)
      await commit('orders', 2n)
    },
  },
  {
    name: 'once',
    rows: { orders: { title: 'simple, committed once', rule: 'simple', ends: ['expired'] } },
    async play({ commit }) {
      await commit('orders', 1n)
    },
  },
  {
    name: 'again',
    rows: { orders: { title: 'simple, the same offset again and again', rule: 'simple', ends: ['expired'] } },
    async play({ commit, at }) {
      for (let second = 0; second <= 48; second += 4) {
        await at(second)
        await commit('orders', 7n)
      }
    },
  },
  {
    name: 'half',
    rows: {
      quiet: { title: 'simple, a quiet topic beside a busy one', rule: 'simple', ends: ['expired'] },
      busy: { title: 'simple, the busy topic', rule: 'simple', ends: ['kept'] },
    },
    async play({ commit, at }) {
      await commit('quiet', 1n)
      for (let second = 0; second <= 112; second += 4) {
        await at(second)
        await commit('busy', BigInt(second))
        if (second === 12) await commit('quiet', 2n)
      }
    },
  },
]
