import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { SlackMessage } from '../../../functions/slack/messages/message.ts'

/** A file that was uploaded or has an upload URL. https://docs.slack.dev/messaging/working-with-files */
export interface StoredFile {
  name: string
  content: string
}

/** A file in a channel, with its content in the place of the link. */
export const fileMessage = (text: string, { name, content }: StoredFile): SlackMessage => ({
  text,
  attachments: [
    {
      color: '#9e9ea6',
      fallback: name,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `${name}\n\`\`\`${content}\`\`\`` } }],
    },
  ],
  metadata: { event_type: 'file', event_payload: { name } },
})

/** The file in an upload form. */
export async function uploaded(request: IncomingMessage): Promise<string> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const form = await new Response(await buffer(request), { headers }).formData()
  const [file] = [...form.values()]
  return typeof file === 'string' || file === undefined ? '' : file.text()
}
