import { expect, test } from '@jest/globals'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import * as v1 from './fixtures/v1.ts'

test.each([['1', v1]])(
  'a snapshot of format version %s stays readable',
  async (_, { location, snapshot }) => {
    const { cluster, takenAt } = snapshot.head
    const read = await snapshotStore(folderStore(location)).at(cluster, takenAt)
    expect(read?.head).toEqual(snapshot.head)
    expect([...(read?.commits ?? [])]).toEqual([...snapshot.commits])
  },
)
