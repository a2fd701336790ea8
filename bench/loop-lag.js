// Preloaded into every process of a measured run (`--import`): writes how late its event loop was, when it ends.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.env.CITYSINK_LAG_FOLDER !== undefined) {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  process.on('exit', () => {
    const found = {
      command: process.argv[2] ?? '',
      p50Ms: lag.percentile(50) / 1e6,
      p99Ms: lag.percentile(99) / 1e6,
      mostMs: lag.max / 1e6,
      peakMib: process.resourceUsage().maxRSS / 1024,
      cpuS: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
    };
    writeFileSync(`${process.env.CITYSINK_LAG_FOLDER}/${process.pid}.json`, JSON.stringify(found));
  });
}
