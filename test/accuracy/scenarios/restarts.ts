import type { Scenario } from '../scenario.ts'

/** A coordinator that stops or hands over loses nothing. All other scenarios of a run experience it, too. */
export const restarts: Scenario[] = [
  {
    name: 'restart-simple',
    rows: { orders: { title: 'simple, across a restart of its broker', rule: 'simple', ends: ['expired'] } },
    async play({ commit, at, restartBrokers }) {
      await commit('orders', 1n)
      await at(12)
      await commit('orders', 2n)
      await at(18)
      await restartBrokers()
    },
  },
  {
    name: 'restart-classic',
    rows: {
      orders: { title: 'classic, Empty, across a restart', rule: 'classic-empty', ends: ['expired'] },
    },
    async play({ join, at, restartBrokers }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.leave()
      await at(18)
      await restartBrokers()
    },
  },
  {
    name: 'restart-consumer',
    coordinator: 'new',
    rows: {
      orders: { title: 'KIP-848, Empty, across a restart', rule: 'consumer-empty', ends: ['expired'] },
    },
    async play({ join, at, restartBrokers }) {
      const member = await join('consumer', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.commit('orders', 2n)
      await member.leave()
      await at(18)
      await restartBrokers()
    },
  },
]
