/** @returns what runs one task after the other, each once all that were handed in before it are done */
export function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const done = last.then(task)
    last = done
    return done
  }
}
