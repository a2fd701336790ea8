import { DTYPE_BYTES, viewSamples } from './samples.ts';

/** Shape of the samples a predictor ran over: each row on its own, `stride` samples to the pixel on the left. */
export interface PredictedRows {
  readonly rows: number;
  /** Samples in one row, all interleaved bands counted. */
  readonly rowSamples: number;
  /** Interleaved bands: 1 in a block of one band. */
  readonly stride: number;
}

/**
 * Undoes horizontal differencing (predictor 2) in place: each sample becomes the sum of itself and its left neighbour,
 * modulo 2^(8 x width). Float samples are differenced as integers of their width, so this works on integers always.
 *
 * `bytes` are samples in this machine's order already: a big-endian file is swapped first, because carries run across
 * bytes. `bytes` must start at a multiple of `width`.
 */
export function undoHorizontal(bytes: Uint8Array, width: 1 | 2 | 4 | 8, shape: PredictedRows): void {
  const dtype = ({ 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' } as const)[width];
  const count = shape.rows * shape.rowSamples;
  const samples = viewSamples(dtype, bytes.buffer, bytes.byteOffset, count);
  if (samples instanceof BigUint64Array) accumulateWide(samples, shape);
  else if (samples instanceof Uint16Array) accumulate16(samples, shape);
  else if (samples instanceof Uint32Array) accumulate32(samples, shape);
  else accumulate8(samples as Uint8Array, shape);
}

// One function a width: the engine compiles each for one array type, which is several times faster than one for all.

function accumulate8(samples: Uint8Array, { rows, rowSamples, stride }: PredictedRows): void {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * rowSamples;
    for (let i = row * rowSamples + stride; i < end; i++) samples[i] = samples[i]! + samples[i - stride]!;
  }
}

function accumulate16(samples: Uint16Array, { rows, rowSamples, stride }: PredictedRows): void {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * rowSamples;
    for (let i = row * rowSamples + stride; i < end; i++) samples[i] = samples[i]! + samples[i - stride]!;
  }
}

function accumulate32(samples: Uint32Array, { rows, rowSamples, stride }: PredictedRows): void {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * rowSamples;
    for (let i = row * rowSamples + stride; i < end; i++) samples[i] = samples[i]! + samples[i - stride]!;
  }
}

function accumulateWide(samples: BigUint64Array, { rows, rowSamples, stride }: PredictedRows): void {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * rowSamples;
    for (let i = row * rowSamples + stride; i < end; i++) samples[i] = samples[i]! + samples[i - stride]!;
  }
}

/**
 * Undoes the floating-point predictor (3) in place: bytes of a row were sorted into planes, most significant plane
 * first, and differenced. The planes do not depend on the file's byte order, so nothing is swapped afterwards; the
 * result is little-endian. `width` is 2, 3, 4 or 8 bytes.
 *
 * Source: Adobe Photoshop TIFF Technical Note 3; libtiff tif_predict.c fpAcc.
 */
export function undoFloatingPoint(bytes: Uint8Array, width: number, shape: PredictedRows): void {
  const { rows, rowSamples, stride } = shape;
  const rowBytes = rowSamples * width;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    planes.set(bytes.subarray(start, start + rowBytes));
    for (let i = stride; i < rowBytes; i++) planes[i] = planes[i]! + planes[i - stride]!;
    for (let byte = 0; byte < width; byte++) {
      const plane = (width - 1 - byte) * rowSamples;
      for (let i = 0, to = start + byte; i < rowSamples; i++, to += width) bytes[to] = planes[plane + i]!;
    }
  }
}

/** Sample widths in bytes that predictor 2 is defined for. */
export function isHorizontalWidth(width: number): width is 1 | 2 | 4 | 8 {
  return width === DTYPE_BYTES.uint8 || width === 2 || width === 4 || width === 8;
}
