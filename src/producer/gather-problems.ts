/** Mistakes of many checks told at once: nobody should mend a spec one mistake a run. */

import { CitysinkError, type Problem, refuseIfAny, requestInvalid, toCitysinkError } from '../shared/errors.ts';

/** Waits for all and gathers the mistakes of all; beside mistakes an error of another kind is one more of them. */
export async function allOrProblems<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(work);
  const errors = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (errors.some((error) => problemsOf(error).length > 0)) refuseIfAny(errors.flatMap(asProblems));
  if (errors.length > 0) throw errors[0];
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** The error with the mistakes that other checks find put beside it. */
export async function withProblemsOf(error: unknown, checks: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(checks);
  const others = settled.flatMap((outcome) => (outcome.status === 'rejected' ? problemsOf(outcome.reason) : []));
  if (others.length === 0) return error;
  // One cause may spoil several checks, and is told once.
  const all = new Map([...asProblems(error), ...others].map((problem) => [JSON.stringify(problem), problem]));
  return requestInvalid([...all.values()]);
}

function problemsOf(error: unknown): readonly Problem[] {
  return error instanceof CitysinkError ? error.problems : [];
}

function asProblems(error: unknown): readonly Problem[] {
  const { problems, context, code, message } = toCitysinkError(error);
  return problems.length > 0 ? problems : [{ where: String(context.url ?? code), message }];
}
