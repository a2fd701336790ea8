import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    // Some tests start Redis, an S3 server and worker processes; the limits end what hangs, they assert no speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // A machine that many share may break a test that starts processes; each that needed this is named at the end.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ['default', './tests/support/closing-line.ts'],
  },
});
