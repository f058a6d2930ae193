import type { HTTPMethods } from 'fastify';
import type { App } from './app.ts';
import { Problem } from './problem.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies HTTPMethods[];

/** Notes the methods of each address from now on. The returned function makes all others a 405 that names these. */
export function refuseOtherMethods(app: App): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = taken.get(url) ?? new Set<string>();
    for (const each of [method].flat()) known.add(each);
    taken.set(url, known);
  });
  return () => {
    for (const [url, known] of [...taken]) {
      const allowed = [...known].join(', ');
      app.route({
        url,
        method: methods.filter((method) => !known.has(method)),
        schema: { hide: true },
        handler: (request, reply) => {
          void reply.header('allow', allowed);
          throw new Problem('method_not_allowed', `${request.method} is not taken here: ${allowed} are`);
        },
      });
    }
  };
}
