// What a checkout needs before its sources can be read: for those who run them without the command.
import { checkNode } from './check-node.mjs';

checkNode();
const { prepareSources } = await import('./prepare.mjs');
prepareSources();
