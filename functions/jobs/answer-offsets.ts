import { Failure } from '../core/model/failure.ts'
import { type LookUp, type LookUpResult, lookUp } from './look-up.ts'

export interface AnswerOffsets extends LookUp {
  /** Gets the result of each cluster that knows the group. */
  tell: (result: LookUpResult) => Promise<void>
  tellFailure: (why: string) => Promise<void>
}

/** Slack accepts at most five answers to one command. */
const MOST = 5

/**
 * Posts the current or last known offsets of a group for each cluster that knows the group, or why there are none.
 */
export async function answerOffsets({ tell, tellFailure, ...question }: AnswerOffsets): Promise<void> {
  const answers = await Promise.allSettled(
    question.clusters.map(cluster => lookUp({ ...question, clusters: [cluster] })),
  )
  const found = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
  for (const result of found.slice(0, MOST)) await tell(result)
  if (found.length > 0) return

  const failures = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
  const told = failures.filter(error => error instanceof Failure).map(({ message }) => message)
  await tellFailure(told.join(' ') || 'Something went wrong here. The watchdog’s log has the error.')
  const defect = failures.find(error => !(error instanceof Failure))
  if (defect !== undefined) throw defect
}
