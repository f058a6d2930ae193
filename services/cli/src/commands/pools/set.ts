import { maxPoolCapacity } from '@flotilla/domain';
import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { PoolBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import type { Style } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';
import { wholeNumber } from '../whole-number.ts';

interface PutPoolBody extends PoolBody {
  readonly change: 'created' | 'changed' | 'unchanged';
}

interface SetOptions extends OutputOptions {
  readonly capacity: number | 'none';
}

export function registerPoolsSet(pools: Command, context: CliContext): void {
  const set = pools
    .command('set')
    .description('make a pool, or change how many turns it may have at work')
    .argument('<name>', 'a-z, 0-9, ".", "_" and "-"')
    .requiredOption(
      '--capacity <turns>',
      'at once in the whole fleet: a number, or none for no cap',
      capacity,
    );
  withOutput(set).action(async (name: string, options: SetOptions) => {
    const sent = { body: { capacity: options.capacity === 'none' ? null : options.capacity } };
    const { body } = await (await connectApi(context)).send<PutPoolBody>('PUT', ['pools', name], sent);
    print(context, options, body, (style) => setLines(body, style));
  });
}

const turns = wholeNumber(1, maxPoolCapacity);

function capacity(text: string): SetOptions['capacity'] {
  return text === 'none' ? text : turns(text);
}

/** A pool that nobody serves is set nevertheless: its worker may come later. */
function setLines({ name, capacity: cap, workers, change }: PutPoolBody, { colours }: Style): string[] {
  const words = cap === null ? 'no cap' : `at most ${cap} ${cap === 1 ? 'turn' : 'turns'} at once`;
  return [
    `${colours.green(change)} ${colours.bold(name)}, ${words}`,
    ...(workers > 0 ? [] : [colours.yellow(`no worker serves it: start one with FLOTILLA_POOLS=${name}`)]),
  ];
}
