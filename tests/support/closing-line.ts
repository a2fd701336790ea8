import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a test run with one plain line, `N passed, N failed, N skipped`, after the names of tests that passed only when
 * they were tried again.
 * A test file that does not load, and an error outside of any test, count as one failure each.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    const flaky: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        count[test.result().state] += 1;
        if (test.diagnostic()?.flaky)
          flaky.push(`passed when tried again: ${module.relativeModuleId} > ${test.fullName}`);
      }
      count.failed += module.errors().length;
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
    }
    // Tests that never ran (a run cut short) are not passed; they count as failed.
    const line = `${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`;
    process.once('exit', () => process.stdout.write(`\n${[...flaky, line].join('\n')}\n`));
  }
}
