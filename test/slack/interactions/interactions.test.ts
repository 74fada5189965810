import { expect, jest, test } from '@jest/globals'
import { Failure } from '../../../functions/core/model/failure.ts'
import { type InteractionJobs, interactionsWith } from '../../../functions/slack/interactions/interactions.ts'
import type { EphemeralAnswer } from '../../../functions/slack/interactions/offsets-answer.ts'
import { DAY, incident } from '../messages/samples.ts'

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

// Without a day of its own, a form could be filled in before midnight and submitted after it.
const now = Date.UTC(2026, 10, 24, 12)
jest.spyOn(Date, 'now').mockReturnValue(now)
const dayIn = (days: number) => new Date(now + days * DAY).toISOString().slice(0, 10)

/** The payload that Slack sends for a submitted form. */
const form = ({
  reason = 'a test',
  until = dayIn(30),
  pattern = null as string | null,
  cluster = 'prod',
  responseUrl = 'https://hooks.slack.com/actions/1',
}) => ({
  type: 'view_submission',
  team: { id: 'T0123' },
  user: { id: 'U1', name: 'kari', team_id: 'T0123' },
  view: {
    callback_id: 'ignore',
    private_metadata: JSON.stringify({ incident: '7c1f09ab52e4', cluster, responseUrl }),
    state: {
      values: {
        reason: { reason: { type: 'plain_text_input', value: reason } },
        until: { until: { type: 'datepicker', selected_date: until } },
        pattern: { pattern: { type: 'plain_text_input', value: pattern } },
      },
    },
  },
})

/** The answer that Slack gets at once, the answers that the person gets later, and the error for the log. */
async function sent(payload: object, changes: Partial<InteractionJobs> = {}) {
  const later: EphemeralAnswer[] = []
  const interactions = interactionsWith({
    clusters: ['prod'],
    act: async () => ({ outcome: 'done', incident: incident(), failures: [] }),
    ignore: async () => ({ outcome: 'done', incident: incident(), failures: [] }),
    ignoreSettings: async () => ({ ignore: 'on', ignoreFor: 30 * DAY, ignoreForAtMost: 90 * DAY }),
    whyMayNotIgnore: async () => undefined,
    openModal: async () => {},
    groupOf: async () => 'payments-v1',
    ownerOf: async () => null,
    answerOffsets: async ({ group, clusters, tellFailure }) => tellFailure(`${group} in ${clusters.join()}`),
    respond: async (_, answer) => void later.push(answer),
    ...changes,
  })
  const received = await interactions.receive(payload, workspace)
  if (typeof received === 'number') return received
  // A Lambda function sends the work to itself as JSON.
  const work = received.work && JSON.parse(JSON.stringify(received.work))
  const thrown = work && (await interactions.work(work).catch(String))
  return { at: received.answer, later: later.map(({ text }) => text), thrown }
}

const nothing = { at: undefined, later: [], thrown: undefined }

test.each<[what: string, payload: object, jobs: Partial<InteractionJobs>, answer: object | number]>([
  ['a command is answered later', command('orders'), {}, { ...nothing, later: ['orders in prod'] }],
  [
    'a mistyped command is answered at once',
    command(''),
    {},
    {
      ...nothing,
      at: { response_type: 'ephemeral', text: expect.stringContaining('Write `/offsets group`') },
    },
  ],
  ['a click that takes effect shows in the message', acknowledge, {}, nothing],
  [
    'the button of an old message is answered with the current state',
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
    'Show offsets says if the incident is forgotten',
    click('show-offsets 7c1f09ab52e4 prod'),
    { groupOf: async () => undefined },
    { ...nothing, later: ['The watchdog no longer remembers this incident.'] },
  ],
  [
    'a store that is out of reach is reported in one sentence',
    acknowledge,
    { act: () => Promise.reject(new Failure('the store is out of reach.')) },
    { ...nothing, later: ['the store is out of reach.'], thrown: 'Failure: the store is out of reach.' },
  ],
  [
    'a defect is reported without its details, which are in the log',
    acknowledge,
    { act: () => Promise.reject(new TypeError('secret of the defect')) },
    {
      ...nothing,
      later: ['Something went wrong here. The watchdog’s log has the error.'],
      thrown: 'TypeError: secret of the defect',
    },
  ],
  ['Ignore… opens a form, and does nothing yet', click('ignore 7c1f09ab52e4 prod'), {}, nothing],
  [
    'a user who may not ignore gets a sentence instead of the form',
    click('ignore 7c1f09ab52e4 prod'),
    { whyMayNotIgnore: async () => 'Only members may.', openModal: () => Promise.reject(new TypeError()) },
    { ...nothing, later: ['Only members may.'] },
  ],
  [
    'a form that opens too late is reported in one sentence',
    click('ignore 7c1f09ab52e4 prod'),
    { openModal: () => Promise.reject(new Failure('The form came later: try again.')) },
    { ...nothing, later: ['The form came later: try again.'] },
  ],
  ['a correct form closes', form({}), {}, nothing],
  [
    'mistakes are shown at their fields',
    form({ reason: ' ', until: '2020-01-01', pattern: '*' }),
    {},
    {
      ...nothing,
      at: {
        response_action: 'errors',
        errors: {
          reason: 'Write a reason.',
          until: 'Choose a day in the future.',
          pattern: 'Write at least three characters besides *.',
        },
      },
    },
  ],
  [
    'a rule that would last too long is refused',
    form({ until: dayIn(91) }),
    {},
    { ...nothing, at: { response_action: 'errors', errors: { until: `Choose a day up to ${dayIn(90)}.` } } },
  ],
  [
    'a pattern that the user may not ignore is refused',
    form({ pattern: 'pay*' }),
    { whyMayNotIgnore: async () => 'Only members may.' },
    { ...nothing, at: { response_action: 'errors', errors: { pattern: 'Only members may.' } } },
  ],
  [
    'a form that is sent after its incident has closed changes nothing',
    form({}),
    { ignore: async () => ({ outcome: 'closed', incident: incident(), failures: [] }) },
    { ...nothing, later: ['This incident is over, so nothing has changed.'] },
  ],
  [
    'a form is answered with YAML if rules are only proposed',
    form({ reason: '`*x*` <!here>' }),
    { ignoreSettings: async () => ({ ignore: 'propose', ignoreFor: DAY, ignoreForAtMost: 90 * DAY }) },
    {
      ...nothing,
      at: {
        response_action: 'update',
        view: expect.objectContaining({
          blocks: [
            expect.anything(),
            expect.objectContaining({
              text: expect.objectContaining({
                text: expect.stringContaining(
                  'pattern: "payments-v1", reason: "\\u0060*x*\\u0060 &lt;!here&gt;", until: ',
                ),
              }),
            }),
          ],
        }),
      },
    },
  ],
  [
    'a form by a guest from Slack Connect is refused',
    { ...form({}), user: { id: 'U9', team_id: 'T0666' } },
    {},
    403,
  ],
  [
    'a form with a response URL of another host is refused',
    form({ responseUrl: 'https://example.com/' }),
    {},
    403,
  ],
  ['a form of another cluster is refused', form({ cluster: 'test' }), {}, 400],
  ['a form without its fields is refused', { ...form({}), view: { callback_id: 'ignore' } }, {}, 400],
  ['a cluster that is not configured is refused', click('undo 7c1f09ab52e4 test'), {}, 400],
  ['another workspace is refused', { ...command('orders'), team_id: 'T0666' }, {}, 403],
])('%s', async (_, payload, jobs, answer) => {
  expect(await sent(payload, jobs)).toEqual(answer)
})
