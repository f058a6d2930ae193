import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from './app.ts';

/** Describes every route that is registered after it as OpenAPI 3.1, served open at `/api/v1/openapi.json`. */
export async function describeRoutes(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Flotilla',
        version,
        description: 'Errors are problem+json: branch on `code`. Instants are ISO 8601 in UTC.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

type Description = ReturnType<typeof jsonSchemaTransformObject>;

/** Each schema comes in two forms, of input and of output; those that no address leads to are left out. */
function withoutUnused(description: Description): Description {
  if (!('components' in description)) return description;
  const all = new Map(Object.entries(description.components?.schemas ?? {}));
  const used = new Map<string, unknown>();
  const open: unknown[] = [description.paths];
  for (const part of open) {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (!used.has(name)) open.push(all.get(name) ?? {});
      used.set(name, all.get(name));
    }
  }
  return {
    ...description,
    components: { ...description.components, schemas: Object.fromEntries(used) },
  } as Description;
}
