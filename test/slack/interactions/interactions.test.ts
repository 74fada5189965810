import { expect, test } from '@jest/globals'
import { Failure } from '../../../functions/core/model/failure.ts'
import { type InteractionJobs, interactionsWith } from '../../../functions/slack/interactions/interactions.ts'
import type { EphemeralAnswer } from '../../../functions/slack/interactions/offsets-answer.ts'
import { incident } from '../messages/samples.ts'

const workspace = { teamId: 'T0123' }
const command = (text: string) => ({
  team_id: 'T0123',
  command: '/offsets',
  text,
  response_url: 'https://hooks.slack.com/commands/1',
})
const click = (value: string) => ({
  type: 'block_actions',
  team: { id: 'T0123' },
  user: { id: 'U1', username: 'kari', team_id: 'T0123' },
  response_url: 'https://hooks.slack.com/actions/1',
  actions: [{ type: 'button', value }],
})
const acknowledge = click('acknowledge 7c1f09ab52e4 prod')

/** What Slack gets at once, and what the person gets later; `thrown` stands for what the log gets. */
async function sent(payload: object, changes: Partial<InteractionJobs> = {}) {
  const later: EphemeralAnswer[] = []
  const interactions = interactionsWith({
    clusters: ['prod'],
    act: async () => ({ outcome: 'done', incident: incident(), failures: [] }),
    groupOf: async () => 'payments-v1',
    ownerOf: async () => null,
    answerOffsets: async ({ group, clusters, tellFailure }) => tellFailure(`${group} in ${clusters.join()}`),
    respond: async (_, answer) => void later.push(answer),
    ...changes,
  })
  const received = await interactions.receive(payload, workspace)
  if (typeof received === 'number') return received
  // A Lambda function sends it to itself as JSON.
  const work = received.work && JSON.parse(JSON.stringify(received.work))
  const thrown = work && (await interactions.work(work).catch(String))
  return { at: received.answer, later: later.map(({ text }) => text), thrown }
}

const nothing = { at: undefined, later: [], thrown: undefined }

test.each<[what: string, payload: object, jobs: Partial<InteractionJobs>, answer: object | number]>([
  ['a command is answered later', command('orders'), {}, { ...nothing, later: ['orders in prod'] }],
  [
    'a command that is mistyped is answered at once',
    command(''),
    {},
    {
      ...nothing,
      at: { response_type: 'ephemeral', text: expect.stringContaining('Write `/offsets group`') },
    },
  ],
  ['a click that is done shows in the message', acknowledge, {}, nothing],
  [
    'an old message’s button is answered with what holds now',
    acknowledge,
    { act: async () => ({ outcome: 'superseded', incident: incident(), failures: [] }) },
    { ...nothing, later: ['The group has a newer incident, so this one stays closed.'] },
  ],
  [
    'Show offsets answers for the group of the incident',
    click('show-offsets 7c1f09ab52e4 prod'),
    {},
    { ...nothing, later: ['payments-v1 in prod'] },
  ],
  [
    'Show offsets of a forgotten incident',
    click('show-offsets 7c1f09ab52e4 prod'),
    { groupOf: async () => undefined },
    { ...nothing, later: ['The watchdog no longer remembers this incident.'] },
  ],
  [
    'a store that is out of reach is told in one sentence',
    acknowledge,
    { act: () => Promise.reject(new Failure('the store is out of reach.')) },
    { ...nothing, later: ['the store is out of reach.'], thrown: 'Failure: the store is out of reach.' },
  ],
  [
    'a defect is told without its details, which the log has',
    acknowledge,
    { act: () => Promise.reject(new TypeError('secret of the defect')) },
    {
      ...nothing,
      later: ['Something is broken here: the watchdog’s log says what.'],
      thrown: 'TypeError: secret of the defect',
    },
  ],
  ['a cluster that is not configured is refused', click('undo 7c1f09ab52e4 test'), {}, 400],
  ['another workspace is refused', { ...command('orders'), team_id: 'T0666' }, {}, 403],
])('%s', async (_, payload, jobs, answer) => {
  expect(await sent(payload, jobs)).toEqual(answer)
})
