import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOnce } from '../brokers/make-once.ts'

/** Versions from the Python Package Index. */
const versions = {
  ministack: '1.5.33',
  'cfn-lint': '1.58.0',
  'confluent-kafka': '2.16.1',
  'kubernetes-validate': '1.37.0',
}

/** Returns the folder of a package and its dependencies, for PYTHONPATH. The first call downloads it. */
export async function pythonPackage(name: keyof typeof versions): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/${name}-${versions[name]}`, import.meta.url))
  const options = ['--quiet', '--no-compile', '--disable-pip-version-check', '--target']
  await makeOnce(folder, draft =>
    promisify(execFile)('python3', ['-m', 'pip', 'install', ...options, draft, `${name}==${versions[name]}`]),
  )
  return folder
}
