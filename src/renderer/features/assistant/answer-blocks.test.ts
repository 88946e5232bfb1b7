import { expect, test } from 'vitest'
import { answerBlocks } from './answer-blocks.ts'

test('an empty line begins a new paragraph, a single one only a new line', () => {
  expect(answerBlocks('First.\nStill first.\n\nSecond.')).toEqual([
    { kind: 'paragraph', lines: ['First.', 'Still first.'] },
    { kind: 'paragraph', lines: ['Second.'] },
  ])
})

test('lines with dashes right below a sentence are a list', () => {
  expect(
    answerBlocks('2 people are here:\n- Maya Okafor, for 5 minutes\n- Noah Bennett\n They left.'),
  ).toEqual([
    { kind: 'paragraph', lines: ['2 people are here:'] },
    { kind: 'list', ordered: false, items: ['Maya Okafor, for 5 minutes', 'Noah Bennett'] },
    { kind: 'paragraph', lines: ['They left.'] },
  ])
})

test('numbered lines are an ordered list, and a minus in a sentence is none', () => {
  expect(answerBlocks('1. one\n2) two\n\n-5 degrees - cold')).toEqual([
    { kind: 'list', ordered: true, items: ['one', 'two'] },
    { kind: 'paragraph', lines: ['-5 degrees - cold'] },
  ])
})

test('what looks like HTML stays the text it is', () => {
  expect(answerBlocks('<img src=x onerror=alert(1)>')).toEqual([
    { kind: 'paragraph', lines: ['<img src=x onerror=alert(1)>'] },
  ])
})

test('an empty answer has no paragraphs', () => {
  expect(answerBlocks('\n \n')).toEqual([])
})
