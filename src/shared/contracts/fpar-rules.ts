import { type FparRule, limitsFromNdvi } from '../carbon/casa.ts';
import type { PlannedCasa } from './plan-casa.ts';

/** FPAR rule of each class that occurs; classes without one are left out. */
export function fparRules({ fpar }: PlannedCasa, codes: Iterable<number>): Map<number, FparRule> {
  const rules = new Map<number, FparRule>();
  for (const code of codes) {
    if (fpar.form === 'linear') {
      rules.set(code, fpar);
      continue;
    }
    const own = fpar.limits.find((row) => row.code === code) ?? fpar.limits.find((row) => row.code === null);
    if (own === undefined) continue;
    const limits = limitsFromNdvi(own.ndviMin, own.ndviMax);
    rules.set(code, { form: 'limits', limits, ndviWeight: fpar.ndviWeight });
  }
  return rules;
}
