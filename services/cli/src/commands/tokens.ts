import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerTokensCreate } from './tokens/create.ts';
import { registerTokensList } from './tokens/list.ts';
import { registerTokensRevoke } from './tokens/revoke.ts';

export function registerTokensCommands(program: Command, context: CliContext): void {
  const tokens = program.command('tokens').description('who may call the API, and in which role');
  registerTokensCreate(tokens, context);
  registerTokensList(tokens, context);
  registerTokensRevoke(tokens, context);
}
