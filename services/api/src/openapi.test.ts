import { expect, test } from 'vitest';
import { problemMediaType } from './problem.ts';
import { openDoor } from './testing/door.ts';

interface Reply {
  readonly description: string;
  readonly content?: Record<string, { schema: object }>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly object[];
  readonly responses: Record<string, Reply>;
}

async function describe() {
  const { app } = await openDoor();
  const description = (await app.inject({ url: '/api/v1/openapi.json' })).json();
  const operations = Object.entries<Record<string, Operation>>(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      at: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  return { app, description, operations };
}

test('the description is OpenAPI 3.1 and holds exactly the addresses of the door', async () => {
  const { description, operations } = await describe();
  expect(description.openapi).toBe('3.1.0');
  expect(operations.map(({ at }) => at).sort()).toEqual([
    'DELETE /api/v1/jobs/{id}',
    'DELETE /api/v1/pools/{name}',
    'DELETE /api/v1/tokens/{name}',
    'GET /',
    'GET /api/v1/alarms',
    'GET /api/v1/events',
    'GET /api/v1/jobs',
    'GET /api/v1/jobs/{id}',
    'GET /api/v1/jobs/{id}/preview',
    'GET /api/v1/jobs/{id}/why',
    'GET /api/v1/pools',
    'GET /api/v1/pools/{name}',
    'GET /api/v1/runs',
    'GET /api/v1/runs/{id}',
    'GET /api/v1/runs/{id}/log',
    'GET /api/v1/session',
    'GET /api/v1/tokens',
    'GET /api/v1/workers',
    'POST /api/v1/jobs/{id}/disable',
    'POST /api/v1/jobs/{id}/enable',
    'POST /api/v1/jobs/{id}/pause',
    'POST /api/v1/jobs/{id}/resume',
    'POST /api/v1/jobs/{id}/runs',
    'POST /api/v1/login-links',
    'POST /api/v1/runs/{id}/cancel',
    'POST /api/v1/runs/{id}/retry',
    'POST /api/v1/tokens',
    'PUT /api/v1/jobs/{id}',
    'PUT /api/v1/pools/{name}',
  ]);
});

test('every operation has an id of its own, a summary and a described success', async () => {
  const { operations } = await describe();
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { at, operation } of operations) {
    expect(operation.operationId, at).toMatch(/^[a-z]+[A-Za-z]*$/);
    expect(operation.summary, at).not.toBe('');
    const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(successes, at).not.toEqual([]);
    for (const [status, { content, description }] of successes) {
      expect(description, at).not.toMatch(/default response/i);
      if (status !== '204') expect(Object.keys(content ?? {}), at).not.toEqual([]);
    }
  }
});

test('every operation behind the token says so, and names its problems with their codes', async () => {
  const { operations } = await describe();
  for (const { at, operation } of operations.filter(({ at }) => at.includes('/api/'))) {
    expect(operation.security, at).toEqual([{ token: [] }]);
    const refusals = Object.entries(operation.responses).filter(([status]) => !status.startsWith('2'));
    expect(
      refusals.map(([status]) => status),
      at,
    ).toEqual(expect.arrayContaining(['400', '401', '500', '503']));
    for (const [status, { content, description }] of refusals) {
      const schema = content?.[problemMediaType]?.schema;
      expect(schema, `${at} ${status}`).toMatchObject({
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { properties: { code: { enum: expect.arrayContaining([expect.stringMatching(/^[a-z_]+$/)]) } } },
        ],
      });
      expect(description, at).toMatch(/^`[a-z_]+`: /);
    }
  }
});

test('every schema that is referred to is there, and no other', async () => {
  const { description } = await describe();
  const text = JSON.stringify(description);
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  expect(Object.keys(description.components.schemas).sort()).toEqual([...used].sort());
  expect([...used]).toEqual(expect.arrayContaining(['Job', 'JobDocumentInput', 'Run', 'Problem', 'Worker']));
});
