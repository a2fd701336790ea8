import { CitysinkError } from '../../shared/errors.ts';
import type { Window } from '../../shared/geo/window.ts';
import { inspectRaster } from '../../shared/io/raster-inspect.ts';
import { type CliContext, urlArgument } from '../context.ts';

export interface InspectCommandOptions {
  readonly window: string | null;
  readonly sha256: boolean;
  readonly anonymous: boolean;
}

/** Prints what the reader believes of one raster, as JSON. */
export async function inspectCommand(
  raster: string,
  options: InspectCommandOptions,
  context: CliContext,
): Promise<number> {
  const url = urlArgument(raster);
  const window = options.window === null ? {} : { window: parseWindow(options.window) };
  const store = context.stores.storeFor(url, options.anonymous ? { anonymous: true } : {});
  context.print(
    JSON.stringify(await inspectRaster(store, url, { ...window, sha256: options.sha256 }), bigintsAsText, 1),
  );
  return 0;
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** `COL,ROW,COLS,ROWS`, as GDAL's -srcwin has it. */
function parseWindow(text: string): Window {
  const numbers = text.split(',').map(Number);
  const [col, row, cols, rows] = numbers;
  const whole = numbers.length === 4 && numbers.every((n) => Number.isInteger(n) && n >= 0);
  if (whole && col !== undefined && row !== undefined && cols && rows) return { row, col, rows, cols };
  const problem = {
    where: '--window',
    message: 'not a window',
    expected: 'COL,ROW,COLS,ROWS: four whole numbers, the last two above 0',
    found: text,
  };
  throw new CitysinkError('REQUEST_INVALID', 'the window cannot be used', { problems: [problem] });
}
