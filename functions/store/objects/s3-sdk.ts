// The parts of the AWS SDK that s3-address.ts uses. Only this file imports them: esbuild cannot drop the unused rest of
// a package that is imported dynamically.
export {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
  NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS,
  NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS,
} from '@smithy/core/config'
