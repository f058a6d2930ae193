import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

export function registerPoolsDelete(pools: Command, context: CliContext): void {
  const remove = pools
    .command('delete')
    .description('delete a pool that neither jobs nor open runs use')
    .argument('<name>');
  withOutput(remove).action(async (name: string, options: OutputOptions) => {
    const client = await connectApi(context);
    await client.send('DELETE', ['pools', name]);
    print(context, options, { name, deleted: true }, ({ colours }) => [
      `${colours.green('deleted')} ${colours.bold(name)}`,
    ]);
  });
}
