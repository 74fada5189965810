/** A person who acts on incidents. The name is untrusted text. */
export interface Person {
  /** Slack's id of the user; null: at a terminal. */
  id: string | null
  name: string
  /** Slack's id of the workspace; null: at a terminal. */
  team: string | null
}
