import type { Ask } from './client.ts';

/** A job of the load. `isEdited`: the clients change, pause, disable and delete it. */
export interface LoadJob {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly isEdited: boolean;
}

/** Creates the jobs one after another: parents come before their children. Throws where one is refused. */
export async function putJobs(ask: Ask, jobs: readonly LoadJob[]): Promise<void> {
  for (const { id, document } of jobs) {
    const { status } = await ask({
      what: 'put',
      method: 'PUT',
      path: `/jobs/${id}`,
      body: document,
      job: id,
    });
    if (status !== 201) throw new Error(`job ${id} was not created: ${status}`);
  }
}

/** Workers may serve a pool before it is there. */
export async function putPool(
  ask: Ask,
  { name, capacity }: { readonly name: string; readonly capacity: number },
): Promise<void> {
  const { status } = await ask({ what: 'pool', method: 'PUT', path: `/pools/${name}`, body: { capacity } });
  if (status === null || status >= 300) throw new Error(`pool ${name} was not created: ${status}`);
}
