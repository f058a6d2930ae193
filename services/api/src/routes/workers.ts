import type { WorkerView } from '@flotilla/storage';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { pageOf, toPage } from '../representations/page.ts';
import { toWorker, workerReplySchema } from '../representations/worker.ts';
import { noQuery } from './parameters.ts';

export function workerRoutes(app: App, listWorkers: () => Promise<readonly WorkerView[]>): void {
  const schema = {
    operationId: 'listWorkers',
    summary: 'The workers that are there or were lately',
    tags: ['workers'],
    querystring: noQuery,
    response: { 200: pageOf(workerReplySchema).describe('workers'), ...problemReplies('invalid_request') },
  };
  app.get('/workers', { schema }, async () => toPage({ items: await listWorkers(), next: null }, toWorker));
}
