/** A process with everything it started: stopped, continued and killed by the operating system. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'

const execute = promisify(execFile)
const windows = process.platform === 'win32'

const powershell = (script: string) =>
  execute('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script])

async function parents(): Promise<Map<number, number>> {
  const { stdout } = windows
    ? await powershell(
        'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId)" }',
      )
    : await execute('ps', ['-A', '-o', 'pid=,ppid='])
  const rows = stdout.trim().split(/\r?\n/)
  return new Map(
    rows.map((row) => {
      const [pid = 0, parent = 0] = row.trim().split(/\s+/).map(Number)
      return [pid, parent]
    }),
  )
}

/** The process itself first, then its children, grandchildren and so on. */
export async function processTree(root: number): Promise<readonly number[]> {
  const rows = [...(await parents())]
  const tree = [root]
  for (const pid of tree) tree.push(...rows.filter(([, parent]) => parent === pid).map(([child]) => child))
  return tree
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function signal(pids: readonly number[], name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, name)
}

/** Windows knows no such signal; its own debugger's calls do the same. */
const ntdll = async (call: 'NtSuspendProcess' | 'NtResumeProcess', pids: readonly number[]) => {
  const declaration = `[DllImport("ntdll.dll")] public static extern int ${call}(System.IntPtr process);`
  await powershell(
    `$nt = Add-Type -Name Nt -Namespace Lectern -PassThru -MemberDefinition '${declaration}'; ` +
      `Get-Process -Id ${pids.join(',')} -ErrorAction SilentlyContinue | ForEach-Object { $nt::${call}($_.Handle) }`,
  )
}

/** None of them runs an instruction until they are continued: no timer, no answer to anybody. */
export async function stopProcesses(pids: readonly number[]): Promise<void> {
  if (windows) await ntdll('NtSuspendProcess', pids)
  else signal(pids, 'SIGSTOP')
}

export async function continueProcesses(pids: readonly number[]): Promise<void> {
  if (windows) await ntdll('NtResumeProcess', pids)
  else signal(pids.toReversed(), 'SIGCONT')
}

/**
 * kill -9 of one process; resolves when it and all it had started are gone, because a helper that outlives the
 * app holds the files and ports that the next start needs.
 *
 * @throws Error when some are still there after 10 s
 */
export async function killProcess(root: number): Promise<void> {
  const tree = await processTree(root)
  signal([root], 'SIGKILL')
  await eventually(`end of all processes of ${root}`, () => !tree.some(isAlive))
}
