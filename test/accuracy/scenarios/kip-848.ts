import type { Scenario } from '../scenario.ts'

/**
 * Groups of the protocols of KIP-848 and KIP-1071. Kafka records no time at which such a group became empty, so a stop
 * gives its old commits no grace.
 */
export const kip848: Scenario[] = [
  {
    name: 'consumer',
    coordinator: 'new',
    rows: { orders: { title: 'KIP-848, Empty', rule: 'consumer-empty', ends: ['expired'] } },
    async play({ join, at }) {
      const member = await join('consumer', 'orders')
      await member.commit('orders', 1n)
      await at(12)
      await member.commit('orders', 2n)
      await member.leave()
    },
  },
  {
    name: 'consumer-idle',
    coordinator: 'new',
    rows: { orders: { title: 'KIP-848, subscribed and idle', rule: 'consumer-guarded', ends: ['kept'] } },
    async play({ join }) {
      const member = await join('consumer', 'orders')
      await member.commit('orders', 1n)
    },
  },
  {
    name: 'consumer-stopped',
    coordinator: 'new',
    rows: {
      orders: { title: 'KIP-848, idle, then stopped', rule: 'consumer-guarded', ends: ['expired'] },
      returns: { title: 'KIP-848, unsubscribed topic', rule: 'consumer-unsubscribed', ends: ['expired'] },
    },
    async play({ join, at }) {
      const member = await join('consumer', 'orders')
      await member.commit('orders', 1n)
      await member.commit('returns', 1n)
      await at(12)
      await member.commit('orders', 2n)
      await member.commit('returns', 2n)
      await at(85)
      await member.leave()
    },
  },
  {
    name: 'upgraded',
    coordinator: 'new',
    becomes: 'consumer',
    rows: {
      orders: {
        title: 'classic, to KIP-848 and back while running',
        rule: 'consumer-guarded',
        ends: ['expired'],
      },
    },
    async play({ join, at, untilLookedAt }) {
      const classic = await join('classic', 'orders')
      await classic.commit('orders', 1n)
      await at(42)
      const consumer = await classic.pollDuring(join('consumer', 'orders'))
      await consumer.pollDuring(classic.leave())
      await untilLookedAt()
      const classicAgain = await consumer.pollDuring(join('classic', 'orders'))
      await classicAgain.pollDuring(consumer.leave())
      await classicAgain.leave()
    },
  },
  {
    name: 'converted',
    coordinator: 'new',
    becomes: 'consumer',
    rows: {
      orders: {
        title: 'classic, to KIP-848 and back while Empty',
        rule: 'consumer-empty',
        ends: ['expired'],
      },
    },
    async play({ join, at, untilLookedAt }) {
      const classic = await join('classic', 'orders')
      await classic.commit('orders', 1n)
      await at(12)
      await classic.commit('orders', 2n)
      await classic.leave()
      await at(42)
      await (await join('consumer', 'orders')).leave()
      await untilLookedAt()
      await (await join('classic', 'orders')).leave()
    },
  },
  {
    name: 'streams',
    coordinator: 'new',
    kind: 'streams',
    rows: { orders: { title: 'streams, Empty', rule: 'streams-empty', ends: ['expired'] } },
    async play({ join, at }) {
      const member = await join('streams', 'orders')
      await at(16)
      await member.leave()
    },
  },
  {
    name: 'streams-stopped',
    coordinator: 'new',
    becomes: 'streams',
    rows: {
      orders: { title: 'streams, idle, then stopped', rule: 'streams-guarded', ends: ['expired'] },
      returns: {
        title: 'streams, a topic that is not its source',
        rule: 'streams-unsubscribed',
        ends: ['expired'],
      },
    },
    async play({ commit, join, at }) {
      await commit('returns', 1n)
      const member = await join('streams', 'orders')
      await at(85)
      await member.leave()
    },
  },
]
