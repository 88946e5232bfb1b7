import { useRef } from 'react'
import { Button, type ButtonProps } from '../../ui/button.tsx'
import { acceptedFiles } from './upload.ts'

interface ChooseFilesProps extends Omit<ButtonProps, 'onClick'> {
  readonly multiple?: boolean
  readonly onChosen: (files: readonly File[]) => void
}

/** A button that opens the system's own dialog. */
export function ChooseFiles({ multiple = false, onChosen, ...button }: ChooseFilesProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple={multiple}
        accept={acceptedFiles}
        onChange={({ target }) => {
          onChosen([...(target.files ?? [])])
          // Else choosing the same file again would be no change.
          target.value = ''
        }}
      />
      <Button {...button} onClick={() => input.current?.click()} />
    </>
  )
}
