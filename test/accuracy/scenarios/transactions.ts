import type { Scenario } from '../scenario.ts'

/**
 * The clock of an offset in a transaction starts when the client sends the offset, not when the transaction commits.
 * While the transaction is open, Kafka 4 keeps the offset that was committed before.
 */
export const transactions: Scenario[] = [
  {
    name: 'transaction',
    rows: { orders: { title: 'transaction, committed', rule: 'simple', ends: ['expired'] } },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      await (await transaction('orders', 2n)).commit()
    },
  },
  {
    name: 'slow-transaction',
    rows: { orders: { title: 'transaction, committed 44 s later', rule: 'simple', ends: ['expired'] } },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      const pending = await transaction('orders', 2n)
      await at(56)
      await pending.commit()
    },
  },
  {
    name: 'aborted',
    rows: { orders: { title: 'transaction, aborted', rule: 'simple', ends: ['expired'] } },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      await (await transaction('orders', 2n)).abort()
    },
  },
  {
    name: 'pending',
    coordinator: 'new',
    rows: {
      orders: { title: 'transaction, pending, then aborted', rule: 'pending', ends: ['expired'] },
    },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      const pending = await transaction('orders', 2n)
      await at(85)
      await pending.abort()
    },
  },
  {
    name: 'pending',
    coordinator: 'old',
    rows: { orders: { title: 'transaction, pending, guards nothing', rule: 'simple', ends: ['expired'] } },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      const pending = await transaction('orders', 2n)
      await at(85)
      await pending.abort()
    },
  },
  {
    name: 'late',
    coordinator: 'new',
    rows: {
      orders: { title: 'transaction, committed after its retention', rule: 'pending', ends: ['expired'] },
    },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      const pending = await transaction('orders', 2n)
      await at(85)
      await pending.commit()
    },
  },
  {
    name: 'late',
    coordinator: 'old',
    rows: {
      orders: {
        title: 'transaction, committed after its retention',
        rule: 'simple',
        ends: ['expired', 'expired'],
        limits: { observed: 'visible for less than a reading', exact: 'visible for less than a reading' },
      },
    },
    async play({ commit, transaction, at }) {
      await commit('orders', 1n)
      await at(12)
      const pending = await transaction('orders', 2n)
      await at(85)
      await pending.commit()
    },
  },
]
