import type { Scenario } from '../scenario.ts'

/** Deletions by a person, long before expiry. Such a deletion needs no warning, but the offsets are gone. */
export const deletions: Scenario[] = [
  {
    name: 'deleted',
    rows: { orders: { title: 'group deleted by an administrator', rule: 'simple', ends: ['deleted'] } },
    async play({ commit, at, deleteGroup }) {
      await commit('orders', 1n)
      await at(40)
      await commit('orders', 2n)
      await at(48)
      await deleteGroup()
    },
  },
  {
    name: 'topic-deleted',
    rows: { orders: { title: 'topic deleted', rule: 'simple', ends: ['topic-deleted'] } },
    async play({ commit, at, deleteTopic }) {
      await commit('orders', 1n)
      await at(40)
      await commit('orders', 2n)
      await at(48)
      await deleteTopic('orders')
    },
  },
  {
    name: 'recreated',
    rows: {
      orders: {
        title: 'topic deleted and recreated, committed again',
        rule: 'simple',
        ends: ['topic-deleted', 'expired'],
      },
    },
    async play({ commit, at, deleteTopic, createTopic, untilGone }) {
      await commit('orders', 8n)
      await at(40)
      await commit('orders', 9n)
      await at(48)
      await deleteTopic('orders')
      await untilGone('orders')
      await createTopic('orders')
      await commit('orders', 1n)
    },
  },
]
