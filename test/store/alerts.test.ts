import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { emptyAlertState, parseAlertState } from '../../functions/core/alerts/alert-state.ts'
import { Conflict } from '../../functions/jobs/ports.ts'
import { type AlertStore, alertStore } from '../../functions/store/alerts.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-alerts-'))
afterAll(() => rmSync(place, { recursive: true }))

let folder: string
let alerts: AlertStore<ReturnType<typeof emptyAlertState>>
beforeEach(() => {
  folder = mkdtempSync(join(place, 'store-'))
  alerts = alertStore(folderStore(folder), parseAlertState)
})

describe('the alert state', () => {
  test('does not exist before the first write', async () => {
    expect(await alerts.read('prod')).toBeUndefined()
  })

  test('is read back unchanged, by cluster', async () => {
    const version = await alerts.write('prod', { ...emptyAlertState('prod'), watched: 7 }, undefined)
    await alerts.write('test', emptyAlertState('test'), undefined)
    expect(await alerts.read('prod')).toEqual({ state: { ...emptyAlertState('prod'), watched: 7 }, version })
  })

  test('is not replaced by one that was made from an older version', async () => {
    const first = await alerts.write('prod', emptyAlertState('prod'), undefined)
    await alerts.write('prod', { ...emptyAlertState('prod'), watched: 1 }, first)
    await expect(alerts.write('prod', emptyAlertState('prod'), first)).rejects.toThrow(Conflict)
    await expect(alerts.write('prod', emptyAlertState('prod'), undefined)).rejects.toThrow(Conflict)
    expect((await alerts.read('prod'))?.state.watched).toBe(1)
  })

  test.each([
    ['not JSON', '{'],
    ['of another kind', '[]'],
  ])('that is %s fails with the remedy', async (_, content) => {
    const version = join(folder, 'alerts/cluster=prod/state.json/000000000001')
    mkdirSync(join(version, '..'), { recursive: true })
    writeFileSync(version, content)
    await expect(alerts.read('prod')).rejects.toThrow(
      /^cannot use the alert state of cluster "prod" in .*Remove alerts\/cluster=prod\/state.json there, and open incidents are posted again/,
    )
  })
})
