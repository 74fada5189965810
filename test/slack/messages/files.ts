import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { SlackMessage } from '../../../functions/slack/messages/message.ts'

/** What was uploaded, or is to be, as the upload URLs know it. https://docs.slack.dev/messaging/working-with-files */
export interface StoredFile {
  name: string
  content: string
}

/** A file in a channel, with its content where a reader would open it. */
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

/** The file of a form, as the upload URL takes it. */
export async function uploaded(request: IncomingMessage): Promise<string> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const form = await new Response(await buffer(request), { headers }).formData()
  const [file] = [...form.values()]
  return typeof file === 'string' || file === undefined ? '' : file.text()
}
