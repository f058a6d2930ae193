import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

export function registerTokensRevoke(tokens: Command, context: CliContext): void {
  const revoke = tokens
    .command('revoke')
    .description("end a token: from now on it is nobody's")
    .argument('<name>');
  withOutput(revoke).action(async (name: string, options: OutputOptions) => {
    const client = await connectApi(context);
    await client.send('DELETE', ['tokens', name]);
    print(context, options, { name, revoked: true }, ({ colours }) => [
      `${colours.green('revoked')} ${colours.bold(name)}`,
    ]);
  });
}
