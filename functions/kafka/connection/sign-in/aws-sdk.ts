// What signing in to MSK needs of AWS's SDK. It is imported when it is needed, and by this file alone: esbuild leaves out
// what a package has besides, which it cannot for a package that is imported dynamically itself.
export { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
export { defaultProvider } from '@aws-sdk/credential-provider-node'
export { Sha256 } from '@smithy/core/checksum'
export { SignatureV4 } from '@smithy/signature-v4'
