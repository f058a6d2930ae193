// `npm run bench [-- NAME…]`
import { runBundled } from './run-bundled.mjs';

await runBundled('bench/main.ts');
