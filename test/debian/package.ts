import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOnce } from '../brokers/make-once.ts'

const run = promisify(execFile)

/** The Debian packages that tests run. */
type Package = 'prometheus-alertmanager' | 'prometheus'

/**
 * Returns the folder with the files of a Debian package. The first call downloads and unpacks it. Root is not
 * necessary, since nothing is installed. Dependencies are not downloaded.
 */
export async function debianPackage(name: Package): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/debian-${name}`, import.meta.url))
  await makeOnce(folder, async draft => {
    await download(name, draft, []).catch(() => downloadByOwnLists(name, draft))
    const archive = (await readdir(draft)).find(file => file.endsWith('.deb')) ?? ''
    await run('dpkg-deb', ['--extract', join(draft, archive), draft])
  })
  return folder
}

const download = (name: Package, draft: string, options: string[]) =>
  run('apt-get', [...options, 'download', name], { cwd: draft })

/** The machine's lists of packages may be missing or old, and only root may update them. */
async function downloadByOwnLists(name: Package, draft: string): Promise<void> {
  const lists = join(draft, 'lists')
  await mkdir(join(lists, 'partial'), { recursive: true })
  const options = [`Dir::State::Lists=${lists}`, `Dir::Cache=${draft}`, 'APT::Sandbox::User=root']
  const flags = options.flatMap(option => ['-o', option])
  await run('apt-get', [...flags, 'update'])
  await download(name, draft, flags)
}
