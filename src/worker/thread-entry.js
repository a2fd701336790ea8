// Entry of a compute thread, in plain JavaScript: a thread has a cache of compiled code of its own, which must be there
// before the first TypeScript file is read. Without it each thread strips the types of all of them again.
import { enableCompileCache, flushCompileCache } from 'node:module';

enableCompileCache();
const { countInThread } = await import('./thread.ts');
// Threads are ended, not left to end, so Node would not write the cache.
flushCompileCache();

export default countInThread;
