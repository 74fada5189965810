import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { makeOnce } from './make-once.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'make-once-'))
})
afterEach(() => rm(parent, { recursive: true }))

test('one of several concurrent processes makes the folder, and all find it complete', async () => {
  const folder = join(parent, 'folder')
  const script = `
    import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { makeOnce } from '${import.meta.resolve('./make-once.ts')}'
    appendFileSync('${parent}/started', 'x')
    await makeOnce('${folder}', async draft => {
      appendFileSync('${parent}/makers', 'x')
      while (readFileSync('${parent}/started', 'utf8') !== 'xxxx') await sleep(10)
      writeFileSync(draft + '/file', '')
    })
    console.log(readdirSync('${folder}').join())`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])

  const outputs = await Promise.all([run(), run(), run(), run()])

  expect(outputs.map(({ stdout }) => stdout)).toEqual(['file\n', 'file\n', 'file\n', 'file\n'])
  expect(await readFile(join(parent, 'makers'), 'utf8')).toBe('x')
})

test('a failure leaves nothing behind, and the next call tries again', async () => {
  const folder = join(parent, 'folder')
  await expect(makeOnce(folder, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
  expect(await readdir(parent)).toEqual([])

  await makeOnce(folder, draft => writeFile(join(draft, 'file'), ''))
  expect(await readdir(folder)).toEqual(['file'])
})

test('the lock of a dead process is taken over', async () => {
  const folder = join(parent, 'folder')
  const ended = execFile(process.execPath, ['--version'])
  await once(ended, 'exit')
  await symlink(String(ended.pid), `${folder}.lock`)

  await makeOnce(folder, async () => {})
  expect(await readdir(parent)).toEqual(['folder'])
})
