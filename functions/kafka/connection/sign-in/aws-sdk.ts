// The parts of the AWS SDK that MSK sign-in needs, imported on first use. Only this file imports them: esbuild cannot
// drop the unused rest of a package that is imported dynamically.
export { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
export { defaultProvider } from '@aws-sdk/credential-provider-node'
export { SignatureV4 } from '@smithy/signature-v4'
