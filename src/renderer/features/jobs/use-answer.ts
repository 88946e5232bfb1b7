import { useEffect, useState } from 'react'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { Result } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'

/** What the server says to this question, asked once; null until it has answered. */
export function useAnswer<N extends 'listFiles' | 'listCourses'>(
  endpoint: N,
): Result<EndpointResponse<N>> | null {
  const { client } = useStores()
  const [answer, setAnswer] = useState<Result<EndpointResponse<N>> | null>(null)
  useEffect(() => {
    let over = false
    void client.call(endpoint, {}).then((given) => {
      if (!over) setAnswer(given)
    })
    return () => {
      over = true
    }
  }, [client, endpoint])
  return answer
}
