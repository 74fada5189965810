import { startKafka } from './broker.ts'
import { startJavaClients } from './clients/java-clients.ts'
import { createTopic } from './clients/topics.ts'
import { archiveIn, clientClasses, newestKafka, nodeClasses } from './libraries.ts'
import { makeOnce } from './make-once.ts'

/**
 * Lets the JVM archive the classes of a node and of the Java clients of the newest version, if there is no archive yet.
 * With the archive these programs start in two thirds of the CPU time.
 */
export async function archiveClasses(): Promise<void> {
  await makeOnce((await nodeClasses(newestKafka)).archive, async draft => {
    await using kafka = await startKafka({ javaOptions: archiveAtExit(draft) })
    await kafka.nodes[0]?.stop()
  })

  await makeOnce((await clientClasses()).archive, async draft => {
    await using kafka = await startKafka()
    await createTopic(kafka.bootstrap, 'orders', { records: 1 })
    const clients = await startJavaClients(kafka.bootstrap, archiveAtExit(draft))
    const partition = { topic: 'orders', partition: 0 }
    for (const member of [clients.classic('classic'), clients.consumer('consumer')]) {
      await member.subscribe(partition.topic)
      await member.commit({ ...partition, offset: 1n })
    }
    await clients.stop()
  })
}

const archiveAtExit = (folder: string): string[] => [`-XX:ArchiveClassesAtExit=${archiveIn(folder)}`]
