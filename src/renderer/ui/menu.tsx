import type { LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly children: ReactNode
}

/**
 * What a button offers more of. Not modal: a modal menu locks scrolling through an injected `<style>`, which our content
 * security policy forbids.
 */
export const Menu = ({ trigger, children }: MenuProps) => (
  <DropdownMenu.Root modal={false}>
    <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={6}
        collisionPadding={12}
        className="z-30 w-80 max-w-[calc(100vw-1.5rem)] rounded-card border border-line bg-surface p-1.5 shadow-float data-[state=open]:arrive"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
)

interface MenuItemProps {
  readonly Icon: LucideIcon
  onSelect(): void
  /** Of what cannot be taken back. */
  readonly alarming?: boolean
  readonly className?: string
  readonly children: ReactNode
}

export const MenuItem = ({ Icon, onSelect, alarming = false, className = '', children }: MenuItemProps) => (
  <DropdownMenu.Item
    onSelect={onSelect}
    className={`flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken ${alarming ? 'text-alarm' : ''} ${className}`}
  >
    <Icon aria-hidden className={`size-5 rtl:-scale-x-100 ${alarming ? '' : 'text-quiet'}`} />
    {children}
  </DropdownMenu.Item>
)

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-3 pt-2 pb-2.5">{children}</DropdownMenu.Label>
)

export const MenuSeparator = () => <DropdownMenu.Separator className="m-1.5 h-px bg-line" />
