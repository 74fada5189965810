import { InvalidArgumentError } from 'commander'
import * as v from 'valibot'
import { errorText, Failure } from '../../core/model/failure.ts'

// The part of the Model Context Protocol that a server with tools needs: JSON-RPC 2.0, one message a line. The SDK
// would add 29 MB. https://modelcontextprotocol.io/specification/2025-11-25

/** The messages used here are the same in these revisions. The newest comes first. */
const versions = ['2025-11-25', '2025-06-18', '2024-11-05'] as const

/** A question that an assistant can ask, with strings as arguments. */
export interface Tool {
  name: string
  description: string
  /** Description of each argument, by its name. */
  inputs: Record<string, string>
  required: string[]
  /** @throws Failure, or InvalidArgumentError for an argument that is not valid */
  answer(args: Partial<Record<string, string>>): Promise<ToolAnswer>
}

export interface ToolAnswer {
  /** Plain sentences for a person. */
  text: string
  /** The JSON contract of the command with the same name. */
  json: object
}

export interface Server {
  version: string
  /** An assistant reads these instructions before its first question. */
  instructions: string
  tools: readonly Tool[]
}

const id = v.union([v.string(), v.number()])
// Some clients write null for parameters that they leave out.
const message = v.object({
  jsonrpc: v.literal('2.0'),
  id: v.optional(id),
  method: v.string(),
  params: v.nullish(v.record(v.string(), v.unknown()), {}),
})
const call = v.object({ name: v.string(), arguments: v.nullish(v.unknown(), {}) })
/** A client waits for the response to its id, even if the rest of its request is wrong. */
const identified = v.object({ id })
const initialize = v.object({ protocolVersion: v.string() })

const errors = { parse: -32_700, request: -32_600, method: -32_601, params: -32_602 }

/**
 * The lines of a stream. Only a line feed ends a line: readline also splits at U+2028 and U+2029, which JSON may
 * contain.
 */
export async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The response to one line of input; undefined for a notification. */
export async function respond(line: string, server: Server): Promise<object | undefined> {
  let input: unknown
  try {
    input = JSON.parse(line)
  } catch {
    return failed(null, errors.parse, 'The line is not JSON.')
  }
  const parsed = v.safeParse(message, input)
  if (!parsed.success) {
    const asked = v.safeParse(identified, input)
    const known = asked.success ? asked.output.id : null
    return failed(known, errors.request, 'The line is not a request of JSON-RPC 2.0.')
  }
  const { id, method, params } = parsed.output
  if (id === undefined) return undefined

  switch (method) {
    case 'initialize': {
      const asked = v.safeParse(initialize, params)
      const known = versions.find(version => asked.success && version === asked.output.protocolVersion)
      return result(id, {
        protocolVersion: known ?? versions[0],
        capabilities: { tools: {} },
        serverInfo: { name: 'offset-watchdog', version: server.version },
        instructions: server.instructions,
      })
    }
    case 'ping':
      return result(id, {})
    case 'tools/list':
      return result(id, { tools: server.tools.map(describeTool) })
    case 'tools/call': {
      const asked = v.safeParse(call, params)
      const tool = server.tools.find(({ name }) => asked.success && name === asked.output.name)
      if (!asked.success || !tool) return failed(id, errors.params, 'There is no such tool.')
      return result(id, await callTool(tool, asked.output.arguments))
    }
    default:
      return failed(id, errors.method, `This server has no method ${JSON.stringify(method)}.`)
  }
}

const describeTool = ({ name, description, inputs, required }: Tool) => ({
  name,
  description,
  inputSchema: {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(inputs).map(([input, description]) => [input, { type: 'string', description }]),
    ),
    required,
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
})

/** An error of the tool is returned as a result: the assistant can read it and correct its arguments. */
async function callTool(tool: Tool, input: unknown) {
  const { inputs, required } = tool
  const args = v.safeParse(v.record(v.string(), v.string()), input)
  const names = Object.keys(args.success ? args.output : {})
  const isComplete = required.every(name => names.includes(name))
  if (!args.success || !isComplete || names.some(name => !Object.hasOwn(inputs, name)))
    return refusal(
      `Give these arguments, as strings: ${Object.keys(inputs).join(', ')}. Required: ${required.join(', ') || 'none'}.`,
    )
  try {
    const { text, json } = await tool.answer(args.output)
    return { content: [textBlock(text), textBlock(JSON.stringify(json))], structuredContent: json }
  } catch (error) {
    return refusal(sentenceOf(error))
  }
}

/** The error as a sentence for an assistant. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Failure && error.inputs.length > 0)
    return `${error.message.replace(/\.$/, '')} with the argument ${error.inputs.join(' and ')}.`
  if (error instanceof Failure || error instanceof InvalidArgumentError) return error.message
  return `offset-watchdog itself failed: ${errorText(error)}. Please report it.`
}

const textBlock = (text: string) => ({ type: 'text', text })
const refusal = (sentence: string) => ({ content: [textBlock(sentence)], isError: true })

const result = (id: string | number, result: object) => ({ jsonrpc: '2.0', id, result })
const failed = (id: string | number | null, code: number, message: string) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
})
