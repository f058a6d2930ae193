// `npm run models [-- --run NAME]`
import { runBundled } from './run-bundled.mjs';

await runBundled('models/main.ts');
