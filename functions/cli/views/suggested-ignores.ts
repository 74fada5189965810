import type { SuggestedIgnore } from '../../jobs/suggest-ignores.ts'
import { count } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'

/** Ignore rules as YAML for the settings. Names are quoted as JSON, which is valid YAML. */
export function suggestedIgnoresView(clusters: readonly (readonly [string, SuggestedIgnore[]])[]): string {
  const found = clusters.filter(([, rules]) => rules.length > 0)
  if (found.length === 0)
    return '# No groups look short-lived: that needs five groups whose names differ only in numbers or random parts, most of them stopped.'
  return [
    'clusters:',
    ...found.flatMap(([cluster, rules]) => [
      `  - name: ${JSON.stringify(cluster)}`,
      '    ignore:',
      ...rules.flatMap(ruleLines),
    ]),
  ].join('\n')
}

function ruleLines({ pattern, groups, stopped, alsoMatches }: SuggestedIgnore): string[] {
  const examples = groups
    .slice(0, 3)
    .map(group => visible(group))
    .join(', ')
  const rule = `- { pattern: ${JSON.stringify(pattern)}, reason: "short-lived: the names differ only in numbers or random parts" }`
  return [
    `      # ${count(groups.length, 'group')}, ${stopped} of them stopped or gone: ${examples}`,
    ...(alsoMatches === null
      ? [`      ${rule}`]
      : [
          `      # The pattern also matches ${visible(alsoMatches)}, so make the pattern narrower:`,
          `      # ${rule}`,
        ]),
  ]
}
