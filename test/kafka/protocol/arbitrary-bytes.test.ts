import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import type { Message } from '../../../functions/kafka/protocol/message.ts'
import { consumerGroupDescribe } from '../../../functions/kafka/protocol/messages/consumer-group-describe.ts'
import { describeConfigs } from '../../../functions/kafka/protocol/messages/describe-configs.ts'
import { describeGroups } from '../../../functions/kafka/protocol/messages/describe-groups.ts'
import { findCoordinator } from '../../../functions/kafka/protocol/messages/find-coordinator.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { listOffsets } from '../../../functions/kafka/protocol/messages/list-offsets.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { offsetCommit } from '../../../functions/kafka/protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { streamsGroupDescribe } from '../../../functions/kafka/protocol/messages/streams-group-describe.ts'
import { Undecodable } from '../../../functions/kafka/protocol/reader.ts'

const each = ({ versions: [min, max] }: { versions: readonly [min: number, max: number] }) =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index)

describe('arbitrary bytes decode or are undecodable, and throw nothing else', () => {
  const describeRequest = { groups: ['g'], includeOperations: true }

  endure(metadata, { topics: null, includeOperations: true })
  endure(listGroups, null)
  endure(findCoordinator, { groups: ['g'] })
  endure(describeGroups, describeRequest)
  endure(consumerGroupDescribe, describeRequest)
  endure(streamsGroupDescribe, describeRequest)
  endure(offsetFetch, {
    groups: [{ group: 'g', topics: null }],
    requireStable: false,
    into: new CommittedOffsets(),
  })
  endure(offsetCommit, { group: 'g', topics: [] })
  endure(listOffsets, { topics: [] })
  endure(describeConfigs, { resources: [{ broker: 1 }], names: [] })

  function endure<Request, Response>(message: Message<Request, Response>, request: Request): void {
    // Small bytes make small lengths, which lead deeper into the layout.
    const bytes = fc.array(fc.oneof(fc.nat(3), fc.nat(255)), { maxLength: 200 })

    test.each(each(message))(`${message.name} v%i`, version => {
      fc.assert(
        fc.property(bytes, values => {
          try {
            message.decode(Buffer.from(values), request, version)
          } catch (error) {
            expect(error).toBeInstanceOf(Undecodable)
          }
        }),
      )
    })
  }
})
