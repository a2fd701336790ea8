/** How a run ends, and the exit code that says so. */
export type RunStatus = 'DONE' | 'PARTIAL' | 'FAILED';

export const EXIT_CODES: Readonly<Record<RunStatus, number>> = { DONE: 0, PARTIAL: 3, FAILED: 1 };
