import { describe, expect, test } from '@jest/globals'
import { closeAfterEach, expiresAtOnce, type Service, service } from './service.ts'

closeAfterEach()

const recreated = 'refused: the log shows that the topic was deleted and created again'

describe('without topic ids, a restore recognizes a recreated topic by its log:', () => {
  const noTopicIds = { topicIds: false }
  const recreate = (kafka: Service['kafka'], records: number) => {
    kafka.deleteTopic('orders')
    kafka.createTopic('orders', 2)
    kafka.produce('orders', records, { at: Date.now() + 1000 })
  }

  test.each<[string, (service: Service) => void | Promise<void>, string]>([
    [
      'the same topic',
      ({ kafka }) => kafka.deleteOffset('payments', 'orders'),
      'restore: at most 40 records to read',
    ],
    [
      'the same topic, with more records and a later start',
      ({ kafka }) => {
        kafka.deleteOffset('payments', 'orders')
        kafka.produce('orders', 50, { at: Date.now() + 1000 })
        kafka.deleteRecords('orders', 20)
      },
      'restore: at most 90 records to read',
    ],
    ['recreated, with as many records', ({ kafka }) => recreate(kafka, 100), recreated],
    ['recreated, with more records', ({ kafka }) => recreate(kafka, 160), recreated],
    ['recreated, with fewer records', ({ kafka }) => recreate(kafka, 70), recreated],
    ['recreated, with fewer records than the group had read', ({ kafka }) => recreate(kafka, 10), recreated],
    ['recreated, and empty', ({ kafka }) => recreate(kafka, 0), recreated],
    [
      'recreated with the old records, after a snapshot that saw it deleted',
      async ({ kafka, snapshot }) => {
        kafka.deleteTopic('orders')
        await snapshot()
        kafka.createTopic('orders', 2)
        kafka.produce('orders', 160, { at: 0 })
      },
      recreated,
    ],
    [
      'recreated, and committed again at a lower offset',
      ({ kafka }) => {
        recreate(kafka, 160)
        kafka.commit('payments', 'orders', 5)
      },
      recreated,
    ],
  ])('%s', async (_, happens, verdict) => {
    const watched = await service({ ...noTopicIds, configs: expiresAtOnce })
    watched.kafka.produce('orders', 5, { partition: 1 })
    watched.kafka.commit('payments', 'orders', 60)
    await watched.snapshot()
    await happens(watched)
    await watched.snapshot()

    const lookup = await watched.cli(['lookup', 'payments'])
    expect(lookup.stdout).toMatch(/reports no topic ids|the topic is gone/)
    const plan = await watched.cli(['restore', 'payments', '--topic', 'orders'])
    expect(plan.stdout).toContain(verdict)
    if (verdict !== recreated) expect(plan.stdout).toContain('The cluster reports no topic ids')
  })
})
