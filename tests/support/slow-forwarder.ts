import { connect, createServer } from 'node:net';

/**
 * `node slow-forwarder.ts HOST PORT TARGET_PORT DELAY_MS`: takes connections at an address of this host and passes them to
 * a port of its loopback, each piece of an answer after a pause. So a server on loopback is met as one of another host, far away.
 */
const [host = '', port = '', target = '', delayMs = '0'] = process.argv.slice(2);

const server = createServer((near) => {
  const far = connect(Number(target), '127.0.0.1');
  near.pipe(far);
  far.on('data', (bytes) => {
    far.pause();
    setTimeout(() => {
      near.write(bytes);
      far.resume();
    }, Number(delayMs));
  });
  far.on('end', () => setTimeout(() => near.end(), Number(delayMs)));
  for (const side of [near, far]) side.on('error', () => void [near.destroy(), far.destroy()]);
});
server.listen(Number(port), host, () => process.stdout.write('listening\n'));
process.once('SIGTERM', () => process.exit(0));
process.stdin.resume().once('end', () => process.exit(0));
