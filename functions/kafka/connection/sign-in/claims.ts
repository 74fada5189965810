/**
 * The claims of a JSON Web Token, for the message about its refusal; empty if the token is no JWT. No claim is secret.
 */
export function claimsOf(token: string): string {
  const claims = payloadOf(token.split('.')[1] ?? '')
  const { iss, aud, exp } = claims
  const audience = Array.isArray(aud) ? aud.join(', ') : aud
  const told = [
    typeof iss === 'string' && `issuer ${JSON.stringify(iss)}`,
    typeof audience === 'string' && `audience ${JSON.stringify(audience)}`,
    typeof exp === 'number' && Number.isFinite(exp) && `valid until ${timeOf(exp)}`,
  ].filter(Boolean)
  return told.length > 0 ? ` (${told.join(', ')})` : ''
}

function payloadOf(part: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString()))
  } catch {
    return {}
  }
}

/** @param seconds since the epoch */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString()
}
