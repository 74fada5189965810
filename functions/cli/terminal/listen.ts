import { once } from 'node:events'
import type { Server } from 'node:http'
import { codeOf, errorText, Failure } from '../../core/model/failure.ts'

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not listen there',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be resolved now',
}

/**
 * Waits until the server listens.
 * @param task what the server cannot do otherwise, for the message: "listen on port 8080"
 * @throws Failure with exit code 2 that ends with the remedy
 */
export async function untilListening(server: Server, task: string, remedy: string): Promise<void> {
  await once(server, 'listening').catch(cause => {
    const reason = reasons[codeOf(cause) ?? ''] ?? errorText(cause)
    throw new Failure(`cannot ${task}: ${reason}. ${remedy}`, { exitCode: 2, cause })
  })
}
