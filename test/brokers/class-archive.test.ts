import { expect, test } from '@jest/globals'
import { run } from './java.ts'
import { clientsClasspath, newestKafka, nodeClasspath } from './libraries.ts'

test.each([
  ['a node', () => nodeClasspath(newestKafka)],
  ['the Java clients', clientsClasspath],
])('%s of the newest version loads its classes from an archive', async (_, classpath) => {
  const options = await classpath()
  expect(options).toContainEqual(expect.stringContaining('-XX:SharedArchiveFile='))
  // With -Xshare:on the JVM does not start without the archive.
  await run('java', ['-Xshare:on', ...options, '-version'])
})
