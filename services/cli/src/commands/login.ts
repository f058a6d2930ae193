import type { Command } from 'commander';
import { connectApi } from '../client/api-client.ts';
import { createLoginLink } from '../client/login-link.ts';
import type { CliContext } from '../context.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { spanWords } from '../output/span-words.ts';
import { withOutput } from './output-options.ts';

export function registerLoginCommand(program: Command, context: CliContext): void {
  const login = program
    .command('login')
    .description('print an address that logs a browser in, once, to look at the queues');
  withOutput(login).action(async (options: OutputOptions) => {
    const link = await createLoginLink(await connectApi(context));
    print(context, options, link, ({ colours, now }) => [
      link.url,
      colours.dim(`opens once, within ${spanWords(Date.parse(link.expiresAt) - now)}`),
    ]);
  });
}
