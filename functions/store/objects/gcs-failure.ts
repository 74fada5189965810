import { codeOf, errorText, Failure, property } from '../../core/model/failure.ts'
import { GcsError, SignInFailed } from './gcs-requests.ts'
import { NoCredentials } from './gcs-sign-in.ts'
import type { Action } from './object-store.ts'

/** Translates a failed request for the store. */
export function gcsFailureOf(action: Action, location: string, error: unknown): Error {
  const [what, remedy] = explain(error)
  return new Failure(`cannot ${action} the store ${location}: ${what.replace(/\.$/, '')}. ${remedy}`, {
    cause: error,
  })
}

function explain(error: unknown): [what: string, remedy: string] {
  if (error instanceof SignInFailed) return explainSignIn(error)
  if (!(error instanceof GcsError)) {
    return [
      `Google Cloud Storage is out of reach (${causeOf(error)})`,
      'Check the network, and STORAGE_EMULATOR_HOST if it is set.',
    ]
  }

  const { status, message } = error
  switch (status) {
    case 401:
      return ['the Google credentials were refused', signInRemedy]
    case 403: {
      // "name@project.iam.gserviceaccount.com does not have storage.objects.list access to …"
      const [, account = 'these credentials'] = /^(\S+@\S+) does not have/.exec(message) ?? []
      return [
        `${account} may not use this bucket, or it belongs to another project`,
        'Grant roles/storage.objectUser on the bucket, or correct WATCHDOG_STORE.',
      ]
    }
    case 404:
      return ['there is no such bucket', 'Correct WATCHDOG_STORE, or create the bucket.']
  }
  if (status === 429 || status >= 500) {
    return [`Google Cloud Storage answered ${status} again and again`, 'The next run tries again.']
  }
  return [`Google Cloud Storage answered ${status}: ${message}`, 'Check WATCHDOG_STORE.']
}

const signInRemedy =
  'Run offset-watchdog with a service account by workload identity, or run `gcloud auth application-default login`.'

function explainSignIn({ message, cause }: SignInFailed): [what: string, remedy: string] {
  if (cause instanceof NoCredentials) return ['no Google credentials were found', signInRemedy]
  if (/invalid_grant|invalid_rapt/.test(message)) return ['the Google credentials have expired', signInRemedy]
  return [
    `signing in to Google failed: ${message === 'fetch failed' ? causeOf(cause) : message}`,
    signInRemedy,
  ]
}

/** `fetch` only says that it failed; the cause of its error has the reason. */
function causeOf(error: unknown): string {
  const cause = property(error, 'cause')
  return codeOf(cause) ?? errorText(cause ?? error)
}
