import { type Role, roles } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { caller, ledgerOf, openDoor } from './testing/door.ts';

interface Door {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
}

/** Every address behind the token, as the description tells it. */
async function addresses(): Promise<Door[]> {
  const { app } = await openDoor();
  const { paths } = (await app.inject({ url: '/api/v1/openapi.json' })).json();
  return Object.entries<Record<string, unknown>>(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter(() => path.startsWith('/api/'))
      .map((method) => ({
        method: method.toUpperCase() as Door['method'],
        url: path.replaceAll(/\{\w+\}/g, 'some'),
      })),
  );
}

function expectedRole({ method, url }: Door): Role {
  if (url.startsWith('/api/v1/tokens')) return 'admin';
  if (url === '/api/v1/login-links') return 'viewer'; // one for oneself: no more than one has
  return method === 'GET' ? 'viewer' : 'operator';
}

const doorOf = {
  viewer: await doorAs('viewer'),
  operator: await doorAs('operator'),
  admin: await doorAs('admin'),
} satisfies Record<Role, unknown>;

function doorAs(role: Role) {
  return openDoor(ledgerOf({ callers: { authenticate: async () => ({ ...caller, role }) } }));
}

const matrix = (await addresses()).flatMap((door) => roles.map((role) => ({ ...door, role })));

test.each(matrix)('$method $url as $role', async ({ method, url, role }) => {
  const needed = expectedRole({ method, url });
  // Who is let in is told that no address takes this: else the stream of events would be followed without end.
  const { status, json } = await doorOf[role].ask(method, `${url}?nothing=1`);
  if (roles.indexOf(role) >= roles.indexOf(needed)) {
    expect([status, json.code]).toEqual([400, 'invalid_request']);
    return;
  }
  expect([status, json.code]).toEqual([403, 'forbidden']);
  expect(json.detail).toContain(`--role ${needed}`);
});

test('a request that may not be made is refused before its body is read', async () => {
  const headers = { 'content-type': 'application/json' };
  expect((await doorOf.viewer.ask('PUT', '/api/v1/jobs/a', { body: '{', headers })).json.code).toBe(
    'forbidden',
  );
});
