import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { descendants, commandLine } from '../support/processes.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { twoSceneCity } from '../support/two-scenes.ts';

it('chaos', async () => {
  const ref = await twoSceneCity({ resultsUrl: 's3://results/' });
  const r0 = await ref.start(['run', '--json', '--workers', '2', '--tile-size', '64', ref.spec]).ended;
  const sha = JSON.parse(r0.stdout).totals.figures_sha256;
  await ref.server.close();
  for (let round = 0; round < 8; round++) {
    const city = await twoSceneCity({ resultsUrl: 's3://results/' });
    const server = await startTestRedis();
    const redis = new Redis(server.url);
    city.server.failures.add({ match: { bucket: 'scenes', range: /^bytes=[1-9]/ }, times: 600, action: { kind: 'slow-drip', bytes: 32768, everyMs: 10 } });
    const log: string[] = [];
    const started = performance.now();
    const run = city.start(['run', '--json', '--workers', '2', '--tile-size', '64', city.spec], { REDIS_URL: server.url });
    const until = performance.now() + 6000;
    while (performance.now() < until && run.process.exitCode === null) {
      await sleep(200 + Math.random() * 700);
      const dice = Math.random();
      if (dice < 0.25) {
        const pids = await descendants(run.process.pid ?? 0);
        for (const pid of pids) if (/worker --child/.test(await commandLine(pid)) && Math.random() < 0.6) { try { process.kill(pid, 'SIGKILL'); log.push('kill'); } catch {} }
      } else if (dice < 0.45) { await redis.flushall(); log.push('flush'); }
      else if (dice < 0.6) { await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch((e) => log.push(String(e))); log.push('clientkill'); }
      else {
        const actions = [{ kind: 'status', status: 503, code: 'SlowDown' }, { kind: 'reset' }, { kind: 'reset-mid-body' }, { kind: 'truncate' }, { kind: 'drop-answer' }] as const;
        const action = actions[Math.floor(Math.random() * actions.length)]!;
        city.server.failures.add({ match: action.kind === 'drop-answer' ? { method: 'PUT' } : Math.random() < 0.5 ? { bucket: 'scenes' } : { bucket: 'results' }, times: 4, action });
        log.push(action.kind);
      }
    }
    city.server.failures.clear();
    const { code, stdout, stderr } = await run.ended;
    let got = '';
    try { got = JSON.parse(stdout).totals?.figures_sha256 + ' ' + JSON.parse(stdout).status; } catch { got = stdout.slice(0, 300); }
    console.log(round, code, got === `${sha} DONE`, got, ((performance.now() - started) / 1000).toFixed(1), log.join(' '), '\n' + stderr.split('\n').filter((l) => !/tiles +\d* %|tiles/.test(l)).slice(-6).join('\n'));
    redis.disconnect();
    await server.stop();
    await city.server.close();
  }
}, 900_000);
