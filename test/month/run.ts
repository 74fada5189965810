import { DAY, MINUTE } from '../core/readings.ts'
import { liveThrough } from './month.ts'

// `npm run month [SEED]`: the messages of a month with 1,000 groups in 80 teams.

const seed = Number(process.argv[2] ?? 16)
const outcome = await liveThrough({ groups: 1000, teams: 80, length: 30 * DAY, seed })
const { perTeamAndWeek, mentions, losses, others } = outcome
const most = Math.max(0, ...perTeamAndWeek.map(({ messages }) => messages.length))
console.log(
  `seed ${seed}: ${outcome.groups} groups of ${outcome.teams} teams, ${outcome.shortLived} of them short-lived`,
)
console.log(`${outcome.snapshots} snapshots, each followed by a \`watch\``)
console.log(`ignored as suggested: ${outcome.suggested.join(', ')}`)
console.log(`messages to teams: ${perTeamAndWeek.reduce((sum, { messages }) => sum + messages.length, 0)}`)
console.log(`most messages to a team in a week: ${most}`)
console.log(`most mentions of a team in the month: ${Math.max(0, ...mentions.values())}`)
for (const { group, at, postedAt } of losses) {
  console.log(
    `loss of ${group}: ${postedAt === null ? 'not posted' : `posted after ${Math.round((postedAt - at) / MINUTE)} minutes`}`,
  )
}
console.log(`default channel: ${JSON.stringify(others)}`)
for (const { team, week, messages } of perTeamAndWeek.filter(({ messages }) => messages.length > 1)) {
  console.log(`${team}, week ${week + 1}:\n  ${messages.join('\n  ')}`)
}
