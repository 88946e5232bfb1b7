/**
 * Cleans up after the host however it ends, kill -9 included: a shell that waits for the end of its input, which
 * comes when the host's side of the pipe is closed, by the host or by the kernel. Stopping (SIGSTOP) closes nothing.
 */
import { spawn } from 'node:child_process'

// Groups are killed, not processes: Chromium is started through a shell script on some systems.
const SCRIPT = `
groups=''
folders=''
while read -r word rest; do
  case $word in
    group) groups="$groups $rest" ;;
    forget) left=''; for g in $groups; do [ "$g" = "$rest" ] || left="$left $g"; done; groups=$left ;;
    folder) folders="$folders
$rest" ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
[ -n "$folders" ] || exit 0
for try in 1 2 3 4 5 6 7 8 9 10; do
  printf '%s\\n' "$folders" | while read -r f; do [ -z "$f" ] || rm -rf -- "$f" 2>/dev/null; done
  gone=yes
  printf '%s\\n' "$folders" | { while read -r f; do [ -z "$f" ] || [ ! -e "$f" ] || exit 1; done; } || gone=no
  [ $gone = yes ] && exit 0
  sleep 0.2
done
`

export interface Reaper {
  /** Kills this process and its group when the host ends. The process must lead its group (`detached`). */
  watchGroup(pid: number): void
  /** The process has ended; its number may soon be another's. */
  forgetGroup(pid: number): void
  removeFolder(path: string): void
}

export function startReaper(): Reaper {
  // Detached: whoever kills the host's process group, as Playwright does, must not take this one along.
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  shell.stdin.on('error', () => {})
  const tell = (line: string) => {
    shell.stdin.write(`${line}\n`)
  }
  return {
    watchGroup: (pid) => tell(`group ${pid}`),
    forgetGroup: (pid) => tell(`forget ${pid}`),
    removeFolder: (path) => tell(`folder ${path}`),
  }
}
