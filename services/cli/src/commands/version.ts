import { version } from '@flotilla/runtime';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { withOutput } from './output-options.ts';

export function registerVersionCommand(program: Command, context: CliContext): void {
  withOutput(program.command('version').description('print the version')).action((options: OutputOptions) => {
    const document = { version, node: process.versions.node };
    print(context, options, document, () => [`flotilla ${version} (node ${document.node})`]);
  });
}
