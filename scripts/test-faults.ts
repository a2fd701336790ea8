/** `npm run test:faults`: all fault tests, three runs each unless CITYSINK_FAULT_RUNS says otherwise. */

import { spawnSync } from 'node:child_process';

const env = { CITYSINK_FAULT_RUNS: '3', ...process.env };
const { status } = spawnSync('vitest', ['run', 'tests/faults'], { stdio: 'inherit', env });
process.exit(status ?? 1);
