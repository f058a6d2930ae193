#!/usr/bin/env node
// Runs in a fresh clone, before anything is installed: nothing here may need a dependency.
import { checkNode } from './check-node.mjs';

checkNode();
const { prepare } = await import('./prepare.mjs');
const { main } = await prepare();
await main(process.argv.slice(2));
