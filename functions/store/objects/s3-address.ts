import {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
  NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS,
  NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS,
} from './s3-sdk.ts'

/** A bucket's address, from the AWS SDK's own variables and the profile in `~/.aws/config`. */
export interface S3Address {
  region: string
  /** The address of the bucket, without a slash at its end: `https://bucket.s3.eu-west-1.amazonaws.com`. */
  url: URL
  /** False if writes carry a checksum only where S3 requires one: some other S3 services know no checksums. */
  hasChecksums: boolean
}

/** @throws Error "Region is missing" */
export async function s3Address(bucket: string): Promise<S3Address> {
  const [region, endpoint, isFips, isDualStack, checksums] = await Promise.all([
    loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)(),
    loadConfig(endpointOptions)(),
    loadConfig(NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS)(),
    loadConfig(NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS)(),
    loadConfig(checksumOptions)(),
  ])
  const service = `s3${isFips ? '-fips' : ''}${isDualStack ? '.dualstack' : ''}`
  return {
    region,
    url: endpoint
      ? new URL(`${endpoint.replace(/\/$/, '')}/${bucket}`)
      : bucketUrl(bucket, `${service}.${region}.${domainOf(region)}`),
    hasChecksums: !/^when_required$/i.test(checksums),
  }
}

/** The certificate of S3 is valid for one label before its name, so a bucket with dots is part of the path. */
const bucketUrl = (bucket: string, host: string) =>
  new URL(bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`)

/** https://github.com/aws/aws-sdk-js-v3/blob/main/packages-internal/core/src/submodules/client/util-endpoints/lib/aws/partitions.ts */
const domains: [region: RegExp, domain: string][] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
]

const domainOf = (region: string) => domains.find(([of]) => of.test(region))?.[1] ?? 'amazonaws.com'

type ProfileKeys = Record<string, string | undefined>

const endpointOptions = {
  environmentVariableSelector: (env: NodeJS.ProcessEnv) => env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
  configFileSelector: (profile: ProfileKeys, file?: Record<string, ProfileKeys>) =>
    file?.[`services.${profile.services}`]?.['s3.endpoint_url'] ?? profile.endpoint_url,
  default: undefined,
}

const checksumOptions = {
  environmentVariableSelector: (env: NodeJS.ProcessEnv) => env.AWS_REQUEST_CHECKSUM_CALCULATION,
  configFileSelector: (profile: ProfileKeys) => profile.request_checksum_calculation,
  default: 'when_supported',
}
