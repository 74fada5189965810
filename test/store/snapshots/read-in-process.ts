// Reads the newest snapshot of a folder in its own process, and prints the cost: node read-in-process.ts folder
import { readFileSync } from 'node:fs'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'

const [folder = ''] = process.argv.slice(2)
const skipped: string[] = []
const snapshots = snapshotStore(folderStore(folder))
const options = { onSkipped: ({ message }: { message: string }) => skipped.push(message) }
const newest = await snapshots.newest('prod', options)
const group = await snapshots.readGroup('prod', Number.POSITIVE_INFINITY, 'hostile', options)
const answer = {
  newest: newest?.head.takenAt,
  group: group?.head.takenAt,
  skipped,
  megabytes: mostMemory() / 1024,
}
process.stdout.write(JSON.stringify(answer))

/** KiB. getrusage starts with the memory of the parent process. */
function mostMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
