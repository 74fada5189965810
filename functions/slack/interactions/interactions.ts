import * as v from 'valibot'
import { Failure } from '../../core/model/failure.ts'
import type { Acted, ActOnIncident } from '../../jobs/act-on-incident.ts'
import type { AnswerOffsets } from '../../jobs/answer-offsets.ts'
import { clickAnswer } from './click-answer.ts'
import { type ClickRequest, clickRequest, clickRequestOf } from './click-request.ts'
import { apology, type EphemeralAnswer, offsetsAnswer } from './offsets-answer.ts'
import { type OffsetsQuestion, questionOf, slashRequest, slashRequestOf } from './slash-command.ts'
import type { Refusal, Workspace } from './workspace.ts'

/** What a person asks for in Slack, by either way in. It is plain JSON: a Lambda function sends it to itself. */
export const interaction = v.variant('type', [slashRequest, clickRequest])
export type Interaction = v.InferOutput<typeof interaction>

/** Slack waits three seconds for the answer. The work may take longer. */
export interface Received {
  answer?: object | undefined
  work?: Interaction | undefined
}

/** What interactions ask of the watchdog. */
export interface InteractionJobs {
  /** Names of the clusters that are configured. */
  clusters: readonly string[]
  act(cluster: string, asked: Pick<ActOnIncident, 'incident' | 'action' | 'by'>): Promise<Acted>
  /** Undefined where the alert state does not remember the incident. */
  groupOf(cluster: string, incident: string): Promise<string | undefined>
  /** By the group's route. */
  ownerOf(cluster: string, group: string): Promise<string | null>
  answerOffsets(asked: Omit<AnswerOffsets, 'snapshots'>): Promise<void>
  respond(responseUrl: string, answer: EphemeralAnswer): Promise<void>
}

export interface Interactions {
  /** @param payload the fields of a slash command, or the JSON of an interaction */
  receive(payload: object, workspace: Workspace): Promise<Received | Refusal>
  /** @throws after the person has got an apology */
  work(interaction: Interaction): Promise<void>
}

/** Slash commands and buttons, the same for the function URL and for Socket Mode. */
export function interactionsWith(jobs: InteractionJobs): Interactions {
  return {
    async receive(payload, workspace) {
      const asked =
        'type' in payload ? clickRequestOf(payload, workspace) : slashRequestOf(payload, workspace)
      if (typeof asked === 'number') return asked
      if (asked.type === 'click') return jobs.clusters.includes(asked.cluster) ? { work: asked } : 400
      try {
        questionOf(asked.text)
        return { work: asked }
      } catch (error) {
        if (error instanceof Failure) return { answer: apology(error.message) }
        throw error
      }
    },

    async work(asked) {
      const tell: Tell = says => jobs.respond(asked.responseUrl, says)
      if (asked.type === 'click') await clicked(asked, tell)
      else await answer(questionOf(asked.text), jobs.clusters, tell)
    },
  }

  async function clicked({ click, incident, cluster, by }: ClickRequest, tell: Tell): Promise<void> {
    if (click !== 'show-offsets') {
      const acted = await orApology(tell, () => jobs.act(cluster, { incident, action: click, by }))
      const says = clickAnswer(acted)
      if (says) await tell(says)
      return
    }
    const group = await orApology(tell, () => jobs.groupOf(cluster, incident))
    if (group === undefined) await tell(apology('The watchdog no longer remembers this incident.'))
    else await answer({ group, topic: undefined, at: undefined }, [cluster], tell)
  }

  async function answer(question: OffsetsQuestion, clusters: readonly string[], tell: Tell): Promise<void> {
    await jobs.answerOffsets({
      ...question,
      clusters: [...clusters],
      tell: async result => {
        const owner = await jobs.ownerOf(result.head.cluster, result.group)
        await tell(offsetsAnswer(result, owner, Date.now()))
      },
      tellFailure: why => tell(apology(why)),
    })
  }
}

type Tell = (says: EphemeralAnswer) => Promise<void>

/** @throws what the job throws, after the person has got it in words */
async function orApology<T>(tell: Tell, job: () => Promise<T>): Promise<T> {
  try {
    return await job()
  } catch (error) {
    const isKnown = error instanceof Failure
    const why = isKnown ? error.message : 'Something is broken here: the watchdog’s log says what.'
    await tell(apology(why)).catch(() => {})
    throw error
  }
}
