/** Changes a person makes: shown at once, saved at once, taken back with words when that fails. */
import { createStore, type StoreApi } from 'zustand'
import type { Failure } from '../../../contract/model.ts'
import type { EffectiveSettings, SettingName, SettingValue } from '../../../contract/settings.ts'
import type { SessionClient } from '../../session-client.ts'

export interface SettingChanges {
  /** What was chosen and is not saved yet. */
  readonly chosen: { readonly [N in SettingName]?: SettingValue<N> }
  /** The last one that was saved; null while one is on its way. */
  readonly saved: SettingName | null
  readonly failed: { readonly name: SettingName; readonly failure: Failure } | null
  change<N extends SettingName>(name: N, value: SettingValue<N>): Promise<void>
}

export function createSettingChanges(
  client: Pick<SessionClient, 'ask'>,
  changed: (settings: EffectiveSettings) => void,
): StoreApi<SettingChanges> {
  let last = 0
  return createStore<SettingChanges>((set, get) => {
    const latest = new Map<SettingName, number>()
    return {
      chosen: {},
      saved: null,
      failed: null,
      async change(name, value) {
        const mine = ++last
        latest.set(name, mine)
        set({ chosen: { ...get().chosen, [name]: value }, saved: null, failed: null })
        const answer = await client.ask('settings:change', { name, value })
        // Somebody who clicks twice means the second.
        if (latest.get(name) !== mine) return
        const { [name]: _done, ...chosen } = get().chosen
        if (answer.ok) changed(answer.value)
        set({
          chosen: chosen as SettingChanges['chosen'],
          ...(answer.ok ? { saved: name } : { failed: { name, failure: answer.failure } }),
        })
      },
    }
  })
}
