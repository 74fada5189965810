import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { bundle } from '../../infra/bundle.ts'
import { here, median } from './processes.ts'

const root = here('../..')
const STAGE = 'bench'

export interface Bundle {
  handler: string
  /** Bytes in a zip file. */
  zipped: number
  /** ms until a new process has imported the bundle. */
  importing: number
}

/** Every Lambda handler, bundled as it is deployed. */
export async function measureBundles(runs: number): Promise<Bundle[]> {
  const files = readdirSync(here('../../functions/handlers')).filter(file => file.endsWith('.ts'))
  const isHandler = (file: string) =>
    readFileSync(here(`../../functions/handlers/${file}`), 'utf8').includes('export const handler')

  const bundles: Bundle[] = []
  for (const handler of files.filter(isHandler).map(file => file.replace('.ts', ''))) {
    await bundle(root, STAGE, handler, new Map())
    const file = here(`../../.build/${STAGE}/${handler}/${handler}.mjs`)
    const zipped = (await promisify(deflateRaw)(readFileSync(file), { level: 9 })).length
    const times: number[] = []
    for (let run = 0; run < runs; run++) times.push((await timeToImport(file)).wall)
    bundles.push({ handler, zipped, importing: median(times) })
  }
  await rm(here(`../../.build/${STAGE}`), { recursive: true })
  return bundles
}

/** ms until a new process has imported a file, in wall time and CPU time. */
export async function timeToImport(file: string): Promise<{ wall: number; cpu: number }> {
  const program = `const start = performance.now()
    const before = process.cpuUsage()
    await import(${JSON.stringify(file)})
    const { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify({ wall: performance.now() - start, cpu: (user + system) / 1000 }))
    process.exit()`
  const args = ['--input-type=module', '--eval', program]
  return JSON.parse((await promisify(execFile)(process.execPath, args, { env: lambda })).stdout)
}

/** The environment of a handler. */
const lambda = {
  PATH: process.env.PATH,
  AWS_REGION: 'eu-north-1',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
}
