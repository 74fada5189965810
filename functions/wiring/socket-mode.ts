import { Failure } from '../core/model/failure.ts'
import type { Settings } from '../core/model/settings.ts'
import { openConnection } from '../slack/client/app-connections.ts'
import { slackChannel } from '../slack/client/channel.ts'
import { answerBySocketMode, type SocketMode } from '../slack/client/socket-mode.ts'
import type { Workspace } from '../slack/interactions/workspace.ts'
import { interactionsOf } from './interactions.ts'

/** Answers commands and clicks for all clusters of the settings, until the signal aborts. @see answerBySocketMode */
export async function answerInSlack(
  { slack, ...settings }: Settings,
  { signal, report }: Pick<SocketMode, 'signal' | 'report'>,
): Promise<void> {
  const { appToken } = slack ?? {}
  if (slack === undefined || appToken === undefined) return
  const { apiUrl } = slack
  const [first, ...others] = settings.clusters
  const interactions = interactionsOf(
    settings.clusters.map(({ name }) => name),
    async (name = first?.name) => {
      const cluster = [first, ...others].find(candidate => candidate?.name === name)
      if (cluster) return { settings: { ...settings, slack }, cluster }
      throw new Failure(`cluster "${name}" is not configured.`)
    },
  )
  let workspace: Workspace | undefined

  return answerBySocketMode({
    async open() {
      workspace ??= { teamId: (await slackChannel(slack).check()).teamId, apiUrl }
      return openConnection(appToken, apiUrl)
    },
    async receive(payload) {
      const received = await interactions.receive(payload, workspace ?? { teamId: '' })
      if (typeof received === 'object') {
        const { answer, work } = received
        return { answer, work: work && (() => interactions.work(work)) }
      }
      if (received === 403) report(new Failure('refused a click or a command from another Slack workspace.'))
      return {}
    },
    signal,
    report,
  })
}
