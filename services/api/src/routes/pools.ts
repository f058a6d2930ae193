import { poolName } from '@flotilla/domain';
import { type DeletePoolResult, maxPools, type PoolView, type PutPoolResult } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { bodyCodes, Problem, problemReplies } from '../problem.ts';
import { pageOf, toPage } from '../representations/page.ts';
import { capacitySchema, poolReplySchema, putPoolReplySchema, toPool } from '../representations/pool.ts';
import { askableText, noBody, noQuery } from './parameters.ts';

/** The pools, as these routes ask for them. */
export interface Pools {
  list(): Promise<readonly PoolView[]>;
  get(name: string): Promise<PoolView | null>;
  put(pool: { name: string; capacity: number | null }): Promise<PutPoolResult>;
  delete(name: string): Promise<DeletePoolResult>;
  nearest(name: string): Promise<string | null>;
}

const tags = ['pools'];
const name = askableText.meta({ description: 'the name of the pool' });

/** `onRoom` is told that runs which wait may have room now. */
export function poolRoutes(app: App, pools: Pools, onRoom: () => void): void {
  readRoutes(app, pools);
  putRoute(app, pools, onRoom);
  deleteRoute(app, pools);
}

function readRoutes(app: App, pools: Pools): void {
  const listSchema = {
    operationId: 'listPools',
    summary: 'The pools by name, with what is at work in them and what waits',
    tags,
    querystring: noQuery,
    response: { 200: pageOf(poolReplySchema).describe('pools'), ...problemReplies('invalid_request') },
  };
  app.get('/pools', { schema: listSchema }, async () =>
    toPage({ items: await pools.list(), next: null }, toPool),
  );

  const getSchema = {
    operationId: 'getPool',
    summary: 'One pool',
    tags,
    params: z.object({ name }),
    querystring: noQuery,
    response: {
      200: poolReplySchema.describe('the pool'),
      ...problemReplies('invalid_request', 'pool_not_found'),
    },
  };
  app.get('/pools/:name', { schema: getSchema }, async ({ params }) => {
    const pool = await pools.get(params.name);
    if (pool === null) throw await unknownPool(params.name, pools);
    return toPool(pool);
  });
}

function putRoute(app: App, pools: Pools, onRoom: () => void): void {
  const schema = {
    operationId: 'putPool',
    summary: 'Creates the pool or changes its capacity; what is at work above a new cap goes on',
    tags,
    params: z.object({ name: poolName.meta({ description: 'the name of the pool' }) }),
    querystring: noQuery,
    body: z.strictObject({ capacity: capacitySchema }),
    response: {
      200: putPoolReplySchema.describe('changed, or as it was'),
      201: putPoolReplySchema.describe('created'),
      ...problemReplies('invalid_request', 'too_many_pools', ...bodyCodes),
    },
  };
  app.put('/pools/:name', { schema }, async ({ params, body }, reply) => {
    const result = await pools.put({ ...params, ...body });
    if (result.kind === 'too_many') {
      throw new Problem('too_many_pools', `there are ${maxPools} pools: delete those that nothing uses`);
    }
    if (result.kind === 'changed') onRoom();
    const { pool, kind: change } = result;
    return reply.code(change === 'created' ? 201 : 200).send({ ...toPool(pool), change });
  });
}

function deleteRoute(app: App, pools: Pools): void {
  const schema = {
    operationId: 'deletePool',
    summary: 'Deletes a pool that neither jobs nor open runs use',
    tags,
    params: z.object({ name }),
    querystring: noQuery,
    body: noBody,
    response: {
      204: z.undefined().meta({ description: 'deleted' }),
      ...problemReplies('invalid_request', 'pool_not_found', 'pool_in_use', 'pool_is_default', ...bodyCodes),
    },
  };
  app.delete('/pools/:name', { schema }, async ({ params }, reply) => {
    const result = await pools.delete(params.name);
    switch (result.kind) {
      case 'deleted':
        return reply.code(204).send();
      case 'not_found':
        throw await unknownPool(params.name, pools);
      case 'is_default':
        throw new Problem('pool_is_default', `"${params.name}" is the pool of jobs that name none: it stays`);
      case 'in_use':
        throw inUse(params.name, result);
    }
  });
}

function inUse(pool: string, use: Extract<DeletePoolResult, { kind: 'in_use' }>): Problem {
  const { jobs, jobCount, runCount } = use;
  const more = jobCount > jobs.length ? ` and ${jobCount - jobs.length} more` : '';
  const users = [
    ...(jobCount === 0 ? [] : [`${jobs.join(', ')}${more} ${jobCount === 1 ? 'is' : 'are'} in it`]),
    ...(runCount === 0 ? [] : [`${runCount} of its runs ${runCount === 1 ? 'has' : 'have'} not ended`]),
  ];
  const detail = `the pool "${pool}" is used: ${users.join(', ')}. Put the jobs elsewhere and let the runs end`;
  return new Problem('pool_in_use', detail, { jobs });
}

async function unknownPool(pool: string, { nearest }: Pools): Promise<Problem> {
  const meant = await nearest(pool);
  return meant === null
    ? new Problem('pool_not_found', `there is no pool "${pool}": GET /api/v1/pools lists those there are`)
    : new Problem('pool_not_found', `there is no pool "${pool}": did you mean "${meant}"?`, {
        nearest: meant,
      });
}
