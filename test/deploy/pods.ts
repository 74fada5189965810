import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { parse } from 'yaml'

/** The container's working directory. */
export const repository = fileURLToPath(new URL('../../', import.meta.url))
export const manifests = join(repository, 'infra', 'kubernetes')
export const readManifest = (file: string) => parse(readFileSync(join(manifests, file), 'utf8'))

const probe = v.object({ httpGet: v.object({ path: v.string(), port: v.string() }) })
const container = v.object({
  securityContext: v.unknown(),
  command: v.optional(v.array(v.string())),
  args: v.optional(v.array(v.string())),
  env: v.array(
    v.object({ name: v.string(), value: v.optional(v.string()), valueFrom: v.optional(v.unknown()) }),
  ),
  volumeMounts: v.array(v.object({ name: v.string(), mountPath: v.string() })),
  readinessProbe: v.optional(probe),
  livenessProbe: v.optional(probe),
})
const secret = v.object({
  secretName: v.string(),
  items: v.array(v.object({ key: v.string(), path: v.string() })),
})
const podSpec = v.object({
  automountServiceAccountToken: v.boolean(),
  securityContext: v.unknown(),
  containers: v.tuple([container]),
  volumes: v.array(v.object({ name: v.string(), secret: v.optional(secret) })),
})
export type Pod = v.InferOutput<typeof podSpec>
const podOf = (spec: unknown) => v.parse(podSpec, spec)

export const pods = {
  cronjob: podOf(readManifest('cronjob.yaml').spec.jobTemplate.spec.template.spec),
  deployment: podOf(readManifest('deployment.yaml').spec.template.spec),
  restore: podOf(readManifest('restore-job.yaml').spec.template.spec),
}

/** Secrets by name, each with its keys and their texts. */
export type Secrets = Record<string, Record<string, string>>

/** The secrets that Strimzi writes for a cluster and its users. */
export function strimziSecrets(
  ca: string,
  users: Record<string, { certificate: string; privateKey: string }>,
): Secrets {
  const ofUsers = Object.entries(users).map(([name, { certificate, privateKey }]) => [
    name,
    { 'ca.crt': ca, 'user.crt': certificate, 'user.key': privateKey },
  ])
  return { 'my-cluster-cluster-ca-cert': { 'ca.crt': ca }, ...Object.fromEntries(ofUsers) }
}

/** The environment of a pod whose secrets are files, and whose volume is `data`, below `folder`. */
export function environmentOf(
  { containers: [{ env, volumeMounts }], volumes }: Pod,
  secrets: Secrets,
  folder: string,
): Record<string, string> {
  const files = new Map<string, string>([['/data', join(folder, 'data')]])
  for (const { name, mountPath } of volumeMounts) {
    const mounted = volumes.find(volume => volume.name === name)?.secret
    for (const { key, path } of mounted?.items ?? []) {
      const text = secrets[mounted?.secretName ?? '']?.[key]
      if (text === undefined) throw new Error(`Strimzi writes no ${key} to ${mounted?.secretName}`)
      const file = join(folder, mounted?.secretName ?? '', basename(path))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      files.set(`${mountPath}/${path}`, file)
    }
  }
  return Object.fromEntries(
    env.map(({ name, value }) => [name, value === undefined ? 'xoxb-1' : (files.get(value) ?? value)]),
  )
}

/** The container's command line: the manifest's command, or the image's entry point with the manifest's arguments. */
export function commandOf({ containers: [{ command, args = [] }] }: Pod): [program: string, ...string[]] {
  const [program = 'node', ...options] = command ?? ['node', 'functions/cli/main.ts', ...args]
  return [program, ...options]
}
