import type { Scenario } from '../scenario.ts'

/**
 * Groups of the classic protocol. Once a group is Empty, all its offsets expire together. Until then, its members keep
 * the offsets of the topics to which they subscribe.
 */
export const classic: Scenario[] = [
  {
    name: 'classic',
    rows: { orders: { title: 'classic, Empty', rule: 'classic-empty', ends: ['expired'] } },
    async play({ join, at }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.leave()
    },
  },
  {
    name: 'rejoined',
    rows: { orders: { title: 'classic, joined again and left', rule: 'classic-empty', ends: ['expired'] } },
    async play({ join, at }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await member.leave()
      await at(44)
      const again = await join('classic', 'orders')
      await again.leave()
    },
  },
  {
    name: 'assigning',
    rows: {
      orders: {
        title: 'classic, Empty, commits by assign()',
        rule: 'classic-empty',
        ends: ['expired', 'kept'],
      },
    },
    async play({ join, commit, at, untilGone, untilLookedAt }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.leave()
      for (let second = 16; second <= 60; second += 4) {
        await at(second)
        await commit('orders', BigInt(second))
      }
      await untilGone('orders')
      await untilLookedAt()
      // The consumer continues from the position in its memory.
      await commit('orders', 64n)
    },
  },
  {
    name: 'assigning-on',
    rows: {
      orders: {
        title: 'classic, Empty, commits by assign() at once after a loss',
        rule: 'classic-empty',
        ends: ['expired', 'kept'],
        limits: { observed: 'a forward reset between two readings' },
      },
    },
    async play({ join, commit, at, untilGone }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.leave()
      await at(44)
      await commit('orders', 2n)
      await untilGone('orders')
      await commit('orders', 3n)
    },
  },
  {
    name: 'stable',
    rows: {
      orders: { title: 'classic, Stable, subscribed topic', rule: 'classic-guarded', ends: ['kept'] },
      returns: {
        title: 'classic, Stable, unsubscribed topic',
        rule: 'classic-unsubscribed',
        ends: ['expired'],
      },
    },
    async play({ join, at }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      await member.commit('returns', 1n)
      await at(12)
      await member.commit('returns', 2n)
    },
  },
  {
    name: 'rebalancing',
    rows: { orders: { title: 'classic, rebalancing', rule: 'classic-guarded', ends: ['kept'] } },
    async play({ join }) {
      const member = await join('classic', 'orders')
      await member.commit('orders', 1n)
      // The first member does not poll, so it does not notice that it has to join again.
      void join('classic', 'orders').catch(() => {})
    },
  },
]
