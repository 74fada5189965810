// The parts of the AWS SDK that the files of S3 use. Only this file imports them: esbuild cannot drop the unused rest of
// a package that is imported dynamically.
export { defaultProvider } from '@aws-sdk/credential-provider-node'
export { Sha256 } from '@smithy/core/checksum'
export {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
  NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS,
  NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS,
} from '@smithy/core/config'
export { SignatureV4 } from '@smithy/signature-v4'
