import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { failureOf } from '../../../functions/store/objects/folder-failure.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { objectStoreContract } from './contract.ts'

const place = mkdtempSync(join(tmpdir(), 'offset-watchdog-folder-'))
afterAll(() => rmSync(place, { recursive: true }))

let places = 0
const emptyPlace = () => join(place, String(places++))
const content = new TextEncoder().encode('content')

describe('a folder keeps the contract', () => objectStoreContract(async () => emptyPlace()))

describe('a folder', () => {
  test('is created by the first write, not by a read or a probe', async () => {
    const folder = emptyPlace()
    const objects = folderStore(folder)
    await objects.read('a')
    await Array.fromAsync(objects.list(''))
    await objects.probe()
    expect(existsSync(folder)).toBe(false)

    await objects.create('a/b', content)
    expect(readdirSync(join(folder, 'a'))).toEqual(['b'])
  })

  test('loses files of a killed process, but not of a running one', async () => {
    const folder = emptyPlace()
    const objects = folderStore(folder)
    await objects.create('a', content)
    const [left, current] = [join(folder, '.writing', 'left'), join(folder, '.writing', 'current')]
    for (const file of [left, current]) writeFileSync(file, 'half of')
    utimesSync(left, new Date(), new Date(Date.now() - 25 * 3600_000))

    await objects.create('b', content)
    expect(readdirSync(join(folder, '.writing'))).toEqual(['current'])
    expect(await Array.fromAsync(objects.list(''))).toEqual(['a', 'b'])
  })
})

describe('a folder that cannot be used is reported', () => {
  test('if its file system makes no folders', async () => {
    // A Mac has no /proc, and no user may create one.
    await expect(folderStore('/proc/no/such').create('a', new Uint8Array())).rejects.toThrow(
      /^cannot write the store \/proc\/no\/such: /,
    )
  })

  test('if it is a file', async () => {
    const file = emptyPlace()
    writeFileSync(file, '')
    const objects = folderStore(file)
    const message = `the store ${file}: it is not a folder. Set WATCHDOG_STORE to a folder.`
    await expect(objects.create('a', content)).rejects.toThrow(`cannot write ${message}`)
    await expect(objects.probe()).rejects.toThrow(`cannot write ${message}`)
    await expect(objects.read('a')).rejects.toThrow(`cannot read ${message}`)
  })

  test('if this user may not write there', () => {
    const folder = mkdtempSync(join(place, 'readonly-'))
    const script = `
      import { chmodSync } from 'node:fs'
      import { folderStore } from ${JSON.stringify(import.meta.resolve('../../../functions/store/objects/folder.ts'))}
      chmodSync(${JSON.stringify(folder)}, 0o555)
      process.setuid?.(65534)
      await folderStore(${JSON.stringify(folder)}).create('a', new Uint8Array()).catch(e => console.log(e.message))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(stdout).toBe(
      `cannot write the store ${folder}: this user may not write there. ` +
        'Grant that right, or set WATCHDOG_STORE to another folder.\n',
    )
  })

  test.each([
    ['ENOSPC', 'write', 'the disk is full. Free some space: `offset-watchdog prune` removes old snapshots.'],
    ['EROFS', 'write', 'its file system is read-only. Set WATCHDOG_STORE to a folder that can be written.'],
    ['EIO', 'an error', 'EIO: an error. Check that folder, or set WATCHDOG_STORE to another.'],
  ])('with the cause: %s', (code, syscall, message) => {
    const error = Object.assign(new Error(`${code}: ${syscall}`), { code, syscall })
    expect(failureOf('write', '/data', error).message).toBe(`cannot write the store /data: ${message}`)
  })

  test('if its file system has no hard links', () => {
    const error = Object.assign(new Error('EPERM: link'), { code: 'EPERM', syscall: 'link' })
    expect(failureOf('write', '/usb', error).message).toBe(
      'cannot write the store /usb: its file system has no hard links. Set WATCHDOG_STORE to a folder on a local disk.',
    )
  })
})

test.each(['./here', 'gs://bucket'])('%s cannot be locked: that is refused with exit code 2', location => {
  const message = `the store ${location} cannot be locked: only an S3 bucket can. Unset WATCHDOG_STORE_LOCK, or set WATCHDOG_STORE to s3://bucket/prefix.`
  expect(() => openStore(location, 1)).toThrow(expect.objectContaining({ message, exitCode: 2 }))
})

test('az://bucket is refused with exit code 2', () => {
  const message =
    'the store az://bucket is not supported. Set WATCHDOG_STORE to a folder, s3://bucket/prefix or gs://bucket/prefix.'
  expect(() => openStore('az://bucket')).toThrow(expect.objectContaining({ message, exitCode: 2 }))
})
