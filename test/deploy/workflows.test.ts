import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { describeWithGo } from '../go/describe.ts'
import { goProgram } from '../go/program.ts'

// GitHub is not available here, and nothing is published: actionlint checks the workflows. release.test.ts tests the
// script that makes a release's packages and template.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const files = globSync('.github/workflows/*.yml', { cwd: repository })
const workflows = files.map(file => parse(readFileSync(join(repository, file), 'utf8')))

describeWithGo('actionlint', () => {
  test('finds nothing', async () => {
    const actionlint = await goProgram(fileURLToPath(new URL('../go/actionlint', import.meta.url)))
    // shellcheck and pyflakes are not part of actionlint, and a machine may have any version of them.
    const options = ['-shellcheck=', '-pyflakes=', ...files]
    expect(await promisify(execFile)(actionlint, options, { cwd: repository })).toMatchObject({ stdout: '' })
  }, 600_000)
})

interface Step {
  run?: string
  uses?: string
}
const steps: Step[] = workflows.flatMap(({ jobs }) =>
  Object.values<{ steps: Step[] }>(jobs).flatMap(job => job.steps),
)

test('CI checks every push, and every release before it is published', () => {
  expect(steps.filter(({ run }) => run === '.ci/run')).toHaveLength(2)
  const { jobs } = workflows.find(({ name }) => name === 'release')
  const unchecked = Object.entries<{ needs?: string }>(jobs).filter(([, { needs }]) => needs !== 'checks')
  expect(unchecked.map(([name]) => name)).toEqual(['checks'])
})

test('each npm script in a workflow exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
  const run = steps.flatMap(({ run }) => run?.match(/(?<=npm run )\S+/) ?? [])
  expect(run.length).toBeGreaterThan(0)
  for (const script of run) expect(scripts).toHaveProperty([script])
})

test("workflows use only GitHub's own token, which may read unless a job says more", () => {
  expect(workflows.map(({ permissions }) => permissions)).toEqual(workflows.map(() => ({ contents: 'read' })))
  const text = files.map(file => readFileSync(join(repository, file), 'utf8')).join('\n')
  expect(text).not.toMatch(/secrets\./)
})

test("each issue form has GitHub's required fields", () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: repository }).filter(
    file => !file.endsWith('config.yml'),
  )
  expect(forms).toHaveLength(2)
  for (const file of forms) {
    const form = parse(readFileSync(join(repository, file), 'utf8'))
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) })
    const labels = form.body.map(({ type, attributes }: { type: string; attributes: { label: string } }) => {
      expect(['textarea', 'input', 'dropdown', 'checkboxes']).toContain(type)
      return attributes.label
    })
    expect(new Set(labels).size).toBe(labels.length)
  }
})
