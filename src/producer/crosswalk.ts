/** @pure Crosswalks: which class of the model each code of a land-cover product stands for. */

import { MODEL_CLASSES, type ModelClassKey, modelClassOf } from '../shared/carbon/model-classes.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';

export interface CrosswalkClass {
  readonly code: number;
  readonly name: string;
  readonly nameZh: string;
  /** null: ignored, such as no data, clouds, or snow, which the model has no class for. */
  readonly modelClass: ModelClassKey | null;
  /** Whether code and name were read in a source or are from memory. Which class they map to is always our choice. */
  readonly tag: 'read' | 'recalled';
  readonly note: string | null;
}

export interface Crosswalk {
  readonly name: string;
  readonly title: string;
  /** In the order of codes. */
  readonly classes: readonly CrosswalkClass[];
}

/** Rows of a CSV file with the line that each starts on. */
type Rows = readonly { readonly line: number; readonly cells: readonly string[] }[];

const HEADER = 'code,name,name_zh,model_class,tag,note';
const IGNORE = 'ignore';

/**
 * A crosswalk from the rows of its file, the header among them. Errors: REQUEST_INVALID with every mistake: another
 * header, a code that is no whole number or stands twice, a class that the model does not have.
 */
export function readCrosswalk(name: string, title: string, [header, ...rows]: Rows): Crosswalk {
  const file = `${name}.csv`;
  const found = header?.cells.join(',') ?? 'nothing';
  if (found !== HEADER) refuseIfAny([{ where: file, message: 'not a crosswalk', expected: HEADER, found }]);
  const problems: Problem[] = [];
  const codes = new Set<number>();
  const classes = rows.map(({ line, cells }) => {
    const [code = '', label = '', labelZh = '', model = '', tag = '', note = ''] = cells;
    const report = (message: string, expected: string, cell: string) =>
      problems.push({ where: `${file}:${line}`, message, expected, found: cell });
    if (!/^\d+$/.test(code)) report('not a class code', 'a whole number', code);
    if (codes.has(Number(code))) report('a code twice', 'one row for each code', code);
    codes.add(Number(code));
    const known = modelClassOf(model);
    const keys = MODEL_CLASSES.map(({ key }) => key).join(', ');
    if (known === null && model !== IGNORE) report('not a class of the model', `${keys}, or ${IGNORE}`, model);
    return {
      code: Number(code),
      name: label,
      nameZh: labelZh,
      modelClass: known === null ? null : (known.key as ModelClassKey),
      tag: tag === 'read' ? ('read' as const) : ('recalled' as const),
      note: note === '' ? null : note,
    };
  });
  refuseIfAny(problems);
  return { name, title, classes };
}
