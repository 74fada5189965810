import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOnce } from '../brokers/make-once.ts'

/** What tests are made with, from the Python Package Index. */
const versions = {
  ministack: '1.5.33',
  'cfn-lint': '1.58.0',
  'confluent-kafka': '2.16.1',
  'kubernetes-validate': '1.37.0',
}

/** The folder that holds a package and all it needs, for PYTHONPATH. It is fetched when it is first asked for. */
export async function pythonPackage(name: keyof typeof versions): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/${name}-${versions[name]}`, import.meta.url))
  const options = ['--quiet', '--no-compile', '--disable-pip-version-check', '--target']
  await makeOnce(folder, draft =>
    promisify(execFile)('python3', ['-m', 'pip', 'install', ...options, draft, `${name}==${versions[name]}`]),
  )
  return folder
}
