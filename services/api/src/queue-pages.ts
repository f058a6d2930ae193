import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { QueueViews } from '@flotilla/queue';
import type { FastifyRequest } from 'fastify';
import { sendProblem } from './answer-errors.ts';
import type { App } from './app.ts';
import { type Credentials, requireCaller } from './auth.ts';
import { sendLoginPage } from './login/login-page.ts';
import { Problem } from './problem.ts';

const path = '/queues';

/**
 * Bull Board, for whoever may look, and to look only: what is in the queues is rebuilt from the ledger, and a change
 * here would be none there.
 */
export async function queuePages(app: App, queues: QueueViews['queues'], credentials: Credentials) {
  const board = new FastifyAdapter().setBasePath(path);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Flotilla' } },
  });
  const identify = requireCaller(credentials);
  await app.register(
    async (pages: App) => {
      // Answered here: Bull Board makes every error that is thrown one of its own.
      pages.addHook('onRequest', async (request, reply) => {
        const refusal = await identify.call(pages, request, reply).then(() => null, asProblem);
        if (refusal?.code === 'unauthorized' && wantsPage(request)) return sendLoginPage(reply.code(401));
        if (refusal !== null) return sendProblem(reply, refusal);
        return request.method === 'GET' ? undefined : sendProblem(reply, readOnly());
      });
      await pages.register(board.registerPlugin());
    },
    { prefix: path },
  );
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '');
}

function readOnly(): Problem {
  return new Problem(
    'method_not_allowed',
    'queues are only looked at here: change jobs and runs by the API or the command',
  );
}
