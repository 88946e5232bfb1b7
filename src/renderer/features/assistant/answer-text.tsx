import { Fragment, memo } from 'react'
import { answerBlocks } from './answer-blocks.ts'

/** An answer as text. Nobody knows beforehand in which language, so each block finds its own direction. */
export const AnswerText = memo(function AnswerText({ text }: { text: string }) {
  return (
    <div className="flex flex-col gap-2.5 wrap-anywhere">
      {answerBlocks(text).map((block, index) => {
        if (block.kind === 'paragraph') {
          return (
            <p key={index} dir="auto">
              {block.lines.map((line, at) => (
                <Fragment key={at}>
                  {at > 0 && <br />}
                  {line}
                </Fragment>
              ))}
            </p>
          )
        }
        const List = block.ordered ? 'ol' : 'ul'
        return (
          <List
            key={index}
            dir="auto"
            className={`flex flex-col gap-1 ps-6 marker:text-quiet ${block.ordered ? 'list-decimal' : 'list-disc'}`}
          >
            {block.items.map((item, at) => (
              <li key={at} className="ps-0.5">
                {item}
              </li>
            ))}
          </List>
        )
      })}
    </div>
  )
})
