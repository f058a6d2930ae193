import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { QueueViews } from '@flotilla/queue';
import type { FastifyRequest } from 'fastify';
import { type OnFailure, sendProblem, tellProblem } from './answer-errors.ts';
import type { App } from './app.ts';
import { type Credentials, requireCaller } from './auth.ts';
import { sendLoginPage } from './login/login-page.ts';
import { Problem } from './problem.ts';

const path = '/queues';

/** What is shown: the pools that there are, and the queue of each. */
export interface ShownQueues extends Pick<QueueViews, 'of'> {
  pools(): Promise<readonly string[]>;
}

/**
 * Bull Board, for whoever may look, and to look only: what is in the queues is rebuilt from the ledger, and a change
 * here would be none there.
 */
export async function queuePages(
  app: App,
  queues: ShownQueues,
  credentials: Credentials,
  onFailure: OnFailure,
): Promise<void> {
  const board = new FastifyAdapter().setBasePath(path);
  const showPools = openBoard(board, queues);
  const identify = requireCaller(credentials);
  await app.register(
    async (pages: App) => {
      // Answered here: Bull Board makes every error that is thrown one of its own.
      pages.addHook('onRequest', async (request, reply) => {
        const asProblem = (error: unknown) => tellProblem(error, request, onFailure);
        const refusal = await identify.call(pages, request, reply).then(() => null, asProblem);
        if (refusal?.code === 'unauthorized' && wantsPage(request)) return sendLoginPage(reply.code(401));
        if (refusal !== null) return sendProblem(reply, refusal);
        if (request.method !== 'GET') return sendProblem(reply, readOnly());
        const failure = asksOfQueues(request) ? await showPools().then(() => null, asProblem) : null;
        if (failure !== null) return sendProblem(reply, failure);
      });
      await pages.register(board.registerPlugin());
    },
    { prefix: path },
  );
}

/** The queues of all pools, also of those that are made while it is open. */
function openBoard(board: FastifyAdapter, { pools, of }: ShownQueues): () => Promise<void> {
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Flotilla' } },
  });
  let shown: readonly string[] = [];
  return async () => {
    const names = await pools();
    if (names.length === shown.length && names.every((name, index) => name === shown[index])) return;
    shown = names;
    replaceQueues(of(names).map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })));
  };
}

function asksOfQueues({ url }: FastifyRequest): boolean {
  return url.startsWith(`${path}/api/`);
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
