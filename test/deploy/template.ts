import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { osls } from './osls.ts'

export interface Resource {
  Type: string
  DeletionPolicy?: string
  // biome-ignore lint/suspicious/noExplicitAny: each type has its own, and CloudFormation's schema is checked by cfn-lint
  Properties: any
}

/** The output of `osls package` for two clusters, further ones, and the slash command. */
export interface Template extends Disposable {
  /** The packaged copy of the repository, with .serverless/ and .build/ in it. */
  folder: string
  /** The template's own path. */
  file: string
  resources: Record<string, Resource>
  ofType(type: string): [name: string, resource: Resource][]
}

/** A reference to a secret in a settings file, or to a resource in CloudFormation. */
export const reference = (name: string) => `\${${name}}`

const cluster = (name: string) => ({
  name,
  kafka: { brokers: 'kafka:9093', certificate: reference('CERTIFICATE'), privateKey: reference('KEY') },
})

export async function packagedTemplate(
  stage: string,
  {
    slack,
    clusters = [],
    ...settings
  }: {
    slack?: object
    store?: string
    storeLock?: string
    storeSharedWith?: string[]
    clusters?: object[]
  } = {},
): Promise<Template> {
  const deployment = osls(stage, {
    ...settings,
    slack: {
      botToken: reference('SLACK_BOT_TOKEN'),
      signingSecret: reference('SLACK_SIGNING_SECRET'),
      teamId: 'T123',
      ...slack,
    },
    clusters: [cluster('prod'), cluster('test.1'), ...clusters],
  })
  await deployment.run('package')
  const { folder } = deployment
  const file = join(folder, '.serverless', 'cloudformation-template-update-stack.json')
  const resources: Record<string, Resource> = JSON.parse(readFileSync(file, 'utf8')).Resources

  return {
    folder,
    file,
    resources,
    ofType: type => Object.entries(resources).filter(([, { Type }]) => Type === type),
    [Symbol.dispose]() {
      deployment[Symbol.dispose]()
    },
  }
}
