// Makes a release for AWS: the functions' packages, and a template with parameters in place of watchdog.yaml.
// CloudFormation or Terraform deploys the template without npm. Usage: node infra/template.ts FOLDER

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { stringify } from 'yaml'

const root = join(import.meta.dirname, '..')

/** Matches texts without the characters that could end a JSON text or begin a CloudFormation reference. */
const plain = '^[^"\\\\$]*$'

/**
 * Placeholders in the packaged settings, by the parameter that takes their place. No other text contains these
 * placeholders.
 */
const tokens: Record<string, { token: string; parameter: object }> = {
  Stage: {
    token: 'anystage',
    parameter: {
      Description: 'Part of all names, such as prod. An account may have several stages',
      Default: 'prod',
      AllowedPattern: '^[a-z][a-z0-9]{0,19}$',
    },
  },
  ClusterName: {
    token: 'anycluster',
    parameter: { Description: 'Your name for the cluster', AllowedPattern: '^[A-Za-z0-9._-]{1,100}$' },
  },
  KafkaBrokers: {
    token: 'anybroker:9092',
    parameter: {
      Description: 'host:port of some brokers, separated by commas',
      AllowedPattern: '^[^"\\\\$\\s]+:\\d+$',
    },
  },
  SaslMechanism: {
    token: 'SCRAM-SHA-256',
    parameter: {
      Default: 'SCRAM-SHA-512',
      AllowedValues: ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'],
    },
  },
  SaslUsername: { token: 'anyuser', parameter: { AllowedPattern: plain } },
  SlackChannel: {
    token: 'anychannel',
    parameter: { Description: 'Name or id of the channel', AllowedPattern: plain },
  },
  SlackMention: {
    token: '<@UANYMENTION>',
    parameter: {
      Description: 'The mention in urgent messages',
      Default: '<!here>',
      AllowedPattern: plain,
    },
  },
  AlarmAddress: {
    token: 'anyaddress@example.com',
    parameter: { Description: 'Mail address for the alarms. Empty: no mail', Default: '' },
  },
  SubnetIds: {
    token: 'subnet-any',
    parameter: { Description: 'Private subnets for Kafka in a VPC, separated by commas', Default: '' },
  },
  SecurityGroupIds: { token: 'sg-any', parameter: { Default: '' } },
}

/** The location of the release's packages. */
const codeParameters = {
  CodeBucket: {
    Type: 'String',
    Description: 'A bucket of the same region, with the .zip files of the release',
  },
  CodePrefix: {
    Type: 'String',
    Description: 'Folder of these files in the bucket, such as 0.2.0/',
    Default: '',
  },
}

const tokenOf = (name: string) => tokens[name]?.token ?? ''
const settings = {
  interval: '15m',
  slack: {
    botToken: '${' + 'SLACK_BOT_TOKEN}',
    channel: tokenOf('SlackChannel'),
    mention: tokenOf('SlackMention'),
  },
  clusters: [
    {
      name: tokenOf('ClusterName'),
      kafka: {
        brokers: tokenOf('KafkaBrokers'),
        securityProtocol: 'SASL_SSL',
        saslMechanism: tokenOf('SaslMechanism'),
        saslUsername: tokenOf('SaslUsername'),
        saslPassword: '${' + 'KAFKA_SASL_PASSWORD}',
      },
    },
  ],
}

interface Resource {
  Type: string
  Properties: Record<string, unknown> & { Environment?: { Variables: Record<string, unknown> } }
}
interface Template {
  Resources: Record<string, Resource>
  Outputs: Record<string, unknown>
}

/** Writes template.json and a .zip for each function into `folder`. */
export function renderTemplate(folder: string): void {
  const work = mkdtempSync(join(tmpdir(), 'offset-watchdog-template-'))
  try {
    writeFileSync(join(work, 'watchdog.yaml'), stringify(settings))
    const params = [
      `alarmEmail=${tokenOf('AlarmAddress')}`,
      `subnetIds=${tokenOf('SubnetIds')}`,
      `securityGroupIds=${tokenOf('SecurityGroupIds')}`,
    ]
    const options = ['--stage', tokenOf('Stage'), '--package', join(work, 'package'), '--region', 'eu-west-1']
    execFileSync('osls', ['package', ...options, ...params.flatMap(param => ['--param', param])], {
      cwd: root,
      env: { ...process.env, WATCHDOG_CONFIG: join(work, 'watchdog.yaml') },
      stdio: ['ignore', 2, 2],
    })

    mkdirSync(folder, { recursive: true })
    const file = join(work, 'package', 'cloudformation-template-update-stack.json')
    const template: Template = JSON.parse(readFileSync(file, 'utf8'))
    // osls would upload into this bucket.
    delete template.Resources.ServerlessDeploymentBucket
    delete template.Resources.ServerlessDeploymentBucketPolicy
    delete template.Outputs.ServerlessDeploymentBucketName
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue
      const name = basename(String(Properties.Handler), '.handler')
      copyFileSync(join(work, 'package', `${name}.zip`), join(folder, `${name}.zip`))
      Properties.Code = {
        S3Bucket: { Ref: 'CodeBucket' },
        S3Key: { 'Fn::Sub': `\${CodePrefix}${name}.zip` },
      }
      Properties.Environment = {
        Variables: { ...Properties.Environment?.Variables, PACKAGED_SETTINGS: packagedSettings(name) },
      }
    }
    const Parameters = {
      ...Object.fromEntries(
        Object.entries(tokens).map(([name, { parameter }]) => [name, { Type: 'String', ...parameter }]),
      ),
      ...codeParameters,
    }
    const rendered = { ...template, Parameters, ...withParameters({ ...template }) }
    writeFileSync(join(folder, 'template.json'), `${JSON.stringify(rendered, null, 2)}\n`)
  } finally {
    rmSync(work, { recursive: true })
    rmSync(join(root, '.build', tokenOf('Stage')), { recursive: true, force: true })
  }
}

/** The settings of a function by cluster name, in the form that deployed-settings.ts reads from its environment. */
function packagedSettings(name: string): string {
  const cluster = tokenOf('ClusterName')
  const file = join(root, '.build', tokenOf('Stage'), name, 'settings', `${cluster}.json`)
  return JSON.stringify({ [cluster]: JSON.parse(readFileSync(file, 'utf8')) })
}

/** The same tree, with a reference to a parameter in place of each placeholder. */
function withParameters(tree: object): object {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key.replace(/Clusteranycluster/, 'Cluster'),
      // A handler is a path in its package. A folder's name in that path contains the stage.
      key === 'Handler'
        ? value
        : key === 'Fn::Sub' && typeof value === 'string'
          ? substituted(value)
          : withParameter(value),
    ]),
  )
}

function withParameter(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withParameter)
  if (typeof value === 'object' && value !== null) return withParameters(value)
  if (typeof value !== 'string') return value
  const parameter = Object.keys(tokens).find(name => tokenOf(name) === value)
  if (parameter !== undefined) return { Ref: parameter }
  // Escapes text that only looks like a reference.
  const text = substituted(value.replaceAll('${', '${!'))
  return text === value.replaceAll('${', '${!') ? value : { 'Fn::Sub': text }
}

const substituted = (text: string) =>
  Object.entries(tokens).reduce((all, [name, { token }]) => all.replaceAll(token, `\${${name}}`), text)

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('Name the folder to write to: npm run template -- FOLDER')
  renderTemplate(resolve(folder))
}
