/** The contract as OpenAPI 3.1, for clients that are not ours. */
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { version } from '../../../package.json'
import { endpoints } from '../../contract/api.ts'
import { byteEndpoints, type ByteEndpoint } from '../../contract/bytes.ts'
import type { Endpoint } from '../../contract/endpoint.ts'
import { credentialEndpoints } from '../../contract/credentials.ts'
import { streamEndpoints } from '../../contract/streams.ts'
import { serveBytes, type ByteHandlers } from './bytes.ts'
import { createPlaces } from './places.ts'
import { serve, type Handlers } from './routes.ts'
import { serveStreams } from './streams.ts'

/** Made from the same tables and by the same registration as the routes; needs no database. */
export async function openApiDocument(): Promise<Record<string, unknown>> {
  // HEAD is described where the contract has it, and not beside every GET.
  const app = Fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lectern server',
        version,
        description:
          'Live sessions: signing in, rooms, people, chat, an assistant. Rooms also have a WebSocket.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: jsonSchemaTransform,
    exposeHeadRoutes: true,
  })
  app.decorateRequest('caller', null)
  const table: Readonly<Record<string, Endpoint>> = { ...endpoints, ...credentialEndpoints }
  const unreached = async () => null
  const handlers = Object.fromEntries(Object.keys(table).map((name) => [name, unreached]))
  serve(app, table, handlers as Handlers<typeof table>, { authenticate: unreached })
  const byteTable: Readonly<Record<string, ByteEndpoint>> = byteEndpoints
  const byteHandlers = Object.fromEntries(Object.keys(byteTable).map((name) => [name, unreached]))
  serveBytes(app, byteTable, byteHandlers as unknown as ByteHandlers<typeof byteTable>, {
    authenticate: unreached,
  })
  serveStreams(
    app,
    streamEndpoints,
    { assistantReply: unreached, jobProgress: unreached },
    {
      authenticate: unreached,
      places: createPlaces(),
      watch: () => () => {},
      stillSignedIn: async () => false,
      opened: () => () => {},
    },
  )
  await app.ready()
  const document = app.swagger() as unknown as Record<string, unknown>
  await app.close()
  return document
}
