import type { ModalView } from '@slack/types'
import * as v from 'valibot'
import { Failure } from '../../core/model/failure.ts'
import type { Acted, ActOnIncident } from '../../jobs/act-on-incident.ts'
import type { AnswerOffsets } from '../../jobs/answer-offsets.ts'
import type { MayIgnore } from '../../jobs/may-ignore.ts'
import { clickAnswer } from './click-answer.ts'
import { type ClickRequest, clickRequest, clickRequestOf } from './click-request.ts'
import {
  fieldErrors,
  type IgnoreRequest,
  type IgnoreSettings,
  ignoreModal,
  ignoreRequest,
  ignoreRequestOf,
  mistakesIn,
  proposal,
} from './ignore-modal.ts'
import { apology, type EphemeralAnswer, offsetsAnswer } from './offsets-answer.ts'
import { type OffsetsQuestion, questionOf, slashRequest, slashRequestOf } from './slash-command.ts'
import type { Refusal, Workspace } from './workspace.ts'

/**
 * A request from a person in Slack, by a slash command, a click or a form. The request is plain JSON, because a Lambda
 * function sends the request to itself.
 */
export const interaction = v.variant('type', [slashRequest, clickRequest, ignoreRequest])
export type Interaction = v.InferOutput<typeof interaction>

/** Slack waits three seconds for the answer. The work may take longer. */
export interface Received {
  answer?: object | undefined
  work?: Interaction | undefined
}

/** The jobs that interactions need. */
export interface InteractionJobs {
  clusters: readonly string[]
  act(
    cluster: string,
    asked: Pick<ActOnIncident, 'incident' | 'by'> & { action: ActOnIncident['action'] | 'unignore' },
  ): Promise<Acted>
  ignore(cluster: string, asked: IgnoreRequest): Promise<Acted>
  ignoreSettings(cluster: string): Promise<IgnoreSettings>
  /** Why this person may not make this rule, as a sentence. */
  whyMayNotIgnore(
    cluster: string,
    asked: Pick<MayIgnore, 'group' | 'pattern' | 'user'>,
  ): Promise<string | undefined>
  openModal(cluster: string, triggerId: string, view: ModalView): Promise<void>
  /** Undefined if the alert state has forgotten the incident. */
  groupOf(cluster: string, incident: string): Promise<string | undefined>
  /** The owner in the group's route. */
  ownerOf(cluster: string, group: string): Promise<string | null>
  answerOffsets(asked: Omit<AnswerOffsets, 'snapshots'>): Promise<void>
  respond(responseUrl: string, answer: EphemeralAnswer): Promise<void>
}

export interface Interactions {
  /** @param payload the fields of a slash command, or the JSON of an interaction */
  receive(payload: object, workspace: Workspace): Promise<Received | Refusal>
  /** @throws after the person has received an apology */
  work(interaction: Interaction): Promise<void>
}

/** Slash commands and buttons, for the function URL and for Socket Mode. */
export function interactionsWith(jobs: InteractionJobs): Interactions {
  return {
    async receive(payload, workspace) {
      const asked = requestOf(payload, workspace)
      if (typeof asked === 'number') return asked
      if ('cluster' in asked) {
        if (!jobs.clusters.includes(asked.cluster)) return 400
        if (asked.type === 'ignore') return submitted(asked)
        if (asked.click !== 'ignore') return { work: asked }
        await openForm(asked)
        return {}
      }
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
      else if (asked.type === 'ignore')
        await tellActed(tell, await orApology(tell, () => jobs.ignore(asked.cluster, asked)))
      else await answer(questionOf(asked.text), jobs.clusters, tell)
    },
  }

  async function clicked({ click, incident, cluster, by }: ClickRequest, tell: Tell): Promise<void> {
    // The form opens while Slack waits, so there is no later work.
    if (click === 'ignore') return
    if (click !== 'show-offsets')
      return tellActed(tell, await orApology(tell, () => jobs.act(cluster, { incident, action: click, by })))
    const group = await orApology(tell, () => jobs.groupOf(cluster, incident))
    if (group === undefined) await tell(apology(forgotten))
    else await answer({ group, topic: undefined, at: undefined }, [cluster], tell)
  }

  /** Runs while Slack waits: a form can be opened within three seconds only. */
  async function openForm({ cluster, incident, by, triggerId, responseUrl }: ClickRequest): Promise<void> {
    const why = await failureText(async () => {
      const group = await jobs.groupOf(cluster, incident)
      if (group === undefined) return forgotten
      const why = await jobs.whyMayNotIgnore(cluster, { group, pattern: null, user: by.id })
      if (why) return why
      const settings = await jobs.ignoreSettings(cluster)
      const view = ignoreModal({ cluster, incident, responseUrl, group }, settings, Date.now())
      await jobs.openModal(cluster, triggerId, view)
      return undefined
    })
    if (why) await jobs.respond(responseUrl, apology(why)).catch(() => {})
  }

  /** Mistakes appear at the fields. Without mistakes the form closes, or shows the YAML. */
  async function submitted(asked: IgnoreRequest): Promise<Received> {
    const { cluster, incident, pattern, by } = asked
    let answer: object | undefined
    const why = await failureText(async () => {
      const settings = await jobs.ignoreSettings(cluster)
      answer = mistakesIn(asked, settings, Date.now())
      if (answer) return undefined
      const group = await jobs.groupOf(cluster, incident)
      if (group === undefined) return forgotten
      if (settings.ignore === 'propose') answer = proposal(cluster, { ...asked, pattern: pattern ?? group })
      return jobs.whyMayNotIgnore(cluster, { group, pattern, user: by.id })
    })
    if (why) return { answer: fieldErrors({ [pattern === null ? 'reason' : 'pattern']: why }) }
    return answer ? { answer } : { work: asked }
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

const forgotten = 'The watchdog no longer remembers this incident.'

function requestOf(payload: object, workspace: Workspace): Interaction | Refusal {
  if (!('type' in payload)) return slashRequestOf(payload, workspace)
  return payload.type === 'view_submission'
    ? ignoreRequestOf(payload, workspace)
    : clickRequestOf(payload, workspace)
}

async function tellActed(tell: Tell, acted: Acted): Promise<void> {
  const says = clickAnswer(acted)
  if (says) await tell(says)
}

/** Returns the message of a Failure, because that is readable for people; other errors are thrown. */
async function failureText(make: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

type Tell = (says: EphemeralAnswer) => Promise<void>

/** @throws the job's error, after the person has received it as a sentence */
async function orApology<T>(tell: Tell, job: () => Promise<T>): Promise<T> {
  try {
    return await job()
  } catch (error) {
    const isKnown = error instanceof Failure
    const why = isKnown ? error.message : 'Something went wrong here. The watchdog’s log has the error.'
    await tell(apology(why)).catch(() => {})
    throw error
  }
}
