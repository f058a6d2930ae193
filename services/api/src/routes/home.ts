import { z } from 'zod';
import type { App } from '../app.ts';

const homeSchema = z
  .object({ name: z.literal('flotilla'), version: z.string(), next: z.array(z.string()) })
  .meta({ id: 'Home' });

const next = [
  'flotilla jobs list',
  'flotilla events -f',
  'GET /api/v1/jobs with the header "Authorization: Bearer <token>"',
  'GET /api/v1/openapi.json for all addresses',
];

/** What is here and what to type next, for whoever opens the address in a browser or with curl. */
export function homeRoute(app: App, version: string): void {
  const schema = {
    operationId: 'home',
    summary: 'What is here and what to type next',
    tags: ['service'],
    response: {
      200: {
        description: 'JSON, or text where the client asks for it',
        content: {
          'application/json': { schema: homeSchema },
          'text/plain': { schema: z.string() },
        },
      },
    },
  };
  app.get('/', { schema }, async (request, reply) => {
    if (/\btext\/(plain|html)\b/.test(request.headers.accept ?? '')) {
      const lines = [`flotilla ${version}`, '', 'what to type next:', ...next.map((line) => `  ${line}`), ''];
      return reply.type('text/plain; charset=utf-8').send(lines.join('\n'));
    }
    return reply.send({ name: 'flotilla' as const, version, next });
  });
}
