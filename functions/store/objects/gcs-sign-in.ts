import { GoogleAuth } from 'google-auth-library'

/** Reads, creates and deletes objects, and changes no rights. */
const scopes = ['https://www.googleapis.com/auth/devstorage.read_write']

/**
 * The header that signs a request in with Application Default Credentials: workload identity, or what
 * `gcloud auth application-default login` has stored. The library keeps the token and renews it before it expires.
 * This file is loaded with the first request: the library takes longer to load than a short command runs.
 */
export function signIn(): (url: string) => Promise<Headers> {
  const auth = new GoogleAuth({ scopes })
  return url => auth.getRequestHeaders(url)
}
