import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../functions', import.meta.url))
const files = readdirSync(functions, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)
const texts = files.map((file): [file: string, text: string] => [
  file,
  readFileSync(join(functions, file), 'utf8'),
])

test('no type name is declared in two files', () => {
  const declared = texts.flatMap(([file, text]) =>
    [...text.matchAll(/^ *(?:export )?(?:abstract )?(?:interface|type|class) (\w+)(?=[ <])/gm)].map(
      ([, name = '']): [name: string, file: string] => [name, file],
    ),
  )
  expect(declared.length).toBeGreaterThan(200)
  const twice = [...Map.groupBy(declared, ([name]) => name)].filter(([, found]) => found.length > 1)
  expect(twice.map(([name, found]) => [name, ...found.map(([, file]) => file)])).toEqual([])
})

test('no name in the code is a private word for something that has a term', () => {
  const banned =
    /^(?:each|its|of|one|own|errand|patient|stake|apologize|complain|persist|takeOut|isPassing|movedOn|readLogs|.+Words)$/
  const declared = texts.flatMap(([file, text]) =>
    [...text.matchAll(/(?:const|let|function\*?|interface|type|class|for \(const) (\w+)|\b(\w+) =>/g)].map(
      ([, declaredName, parameter]): [name: string, file: string] => [declaredName ?? parameter ?? '', file],
    ),
  )
  expect(declared.length).toBeGreaterThan(1000)
  expect(declared.filter(([name]) => banned.test(name))).toEqual([])
})

test('lengths of time come from core/time.ts only', () => {
  const spelled = /\b(?:60 \* 60|24 \* 60|3600_000|3_600_000|86_400_000)\b|^const (?:minute|hour|day) = \d/im
  const found = texts.filter(([file, text]) => file !== 'core/time.ts' && spelled.test(text))
  expect(found.map(([file]) => file)).toEqual([])
})
