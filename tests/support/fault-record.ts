import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What fault tests found, kept for docs/reliability.md. */
export interface FaultRow {
  readonly fault: string;
  /** Runs in which it happened. */
  readonly runs: number;
  /** How often it happened in these. */
  readonly times: number;
  /** How the runs ended, such as `3 DONE`. */
  readonly ended: string;
  readonly note: string;
}

const rows: FaultRow[] = [];

export function recordFault(row: FaultRow): void {
  rows.push(row);
}

const PAGE = join(import.meta.dirname, '../../docs/reliability.md');
const BEGIN = '<!-- made by npm run test:faults -->';
const END = '<!-- end -->';

/** Writes the table of docs/reliability.md anew, where CITYSINK_FAULTS_WRITE is set. */
export function writeFaults(setting: string): void {
  if (process.env.CITYSINK_FAULTS_WRITE === undefined || rows.length === 0) return;
  const lines = rows.map((row) => `| ${row.fault} | ${row.runs} | ${row.times} | ${row.ended} | ${row.note} |`);
  const table = ['| fault | runs | times | ended | also |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const [head = ''] = page.split(BEGIN);
  const tail = page.split(END)[1] ?? '\n';
  writeFileSync(PAGE, `${head}${BEGIN}\n${setting}\n\n${table}\n${END}${tail}`);
}
