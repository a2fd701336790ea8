/**
 * Rows of cells cut where they cross the meshes of a position lattice: along a piece, positions are linear.
 *
 * A piece counts from a whole pixel near its mesh, so that positions are small numbers and their bits hang on the mesh and
 * the global row alone, never on a tile or on the part of the image that it reads. Cells of torn meshes are pieces of
 * their own. Units: source pixels. Missing: pieces without a source hold NaN, which fails every comparison.
 */

import type { PositionLattice, SourcePosition } from './position-lattice.ts';

/** Cells `from` to `to` (excluded) of a row. The n-th, u = offset + n, is at base + start + u * slope, along both axes. */
export interface CentrePiece {
  from: number;
  to: number;
  offset: number;
  colBase: number;
  rowBase: number;
  col: number;
  colSlope: number;
  row: number;
  rowSlope: number;
}

/**
 * The same for footprints: upright rectangles between the positions of a cell's top-left and bottom-right corners, as
 * gdalwarp takes them. left <= right and top <= bottom in every cell of a piece.
 */
export interface FootprintPiece {
  from: number;
  to: number;
  offset: number;
  colBase: number;
  rowBase: number;
  left: number;
  leftSlope: number;
  right: number;
  rightSlope: number;
  top: number;
  topSlope: number;
  bottom: number;
  bottomSlope: number;
}

/** A footprint whose middle is further from the cell's centre than this share of its extent lies across a seam. */
const SEAM_SHARE = 0.25;

/** The positions along one row inside a mesh: at u cells from its left side, col + u * colSlope. */
interface MeshLine {
  col: number;
  colSlope: number;
  row: number;
  rowSlope: number;
}

const emptyLine = (): MeshLine => ({ col: 0, colSlope: 0, row: 0, rowSlope: 0 });

/** t: share of the mesh's height above the row. `top`: index of its top left node. */
function setLine(line: MeshLine, { srcCol, srcRow, cols, step }: PositionLattice, top: number, t: number): void {
  const bottom = top + cols;
  const leftCol = srcCol[top]! + t * (srcCol[bottom]! - srcCol[top]!);
  const rightCol = srcCol[top + 1]! + t * (srcCol[bottom + 1]! - srcCol[top + 1]!);
  const leftRow = srcRow[top]! + t * (srcRow[bottom]! - srcRow[top]!);
  const rightRow = srcRow[top + 1]! + t * (srcRow[bottom + 1]! - srcRow[top + 1]!);
  line.col = leftCol;
  line.colSlope = (rightCol - leftCol) / step;
  line.row = leftRow;
  line.rowSlope = (rightRow - leftRow) / step;
}

/** A whole pixel below all positions along both lines, so that positions from there on are above 0; NaN stays NaN. */
function baseOf(a: number, aSlope: number, b: number, bSlope: number, step: number): number {
  return Math.floor(Math.min(a, a + step * aSlope, b, b + step * bSlope)) - 1;
}

/** The meshes that `count` cells from (row, col) on cross: calls `visit` with the mesh's top left node and its cells. */
function forMeshes(
  lattice: PositionLattice,
  row: number,
  col: number,
  count: number,
  visit: (node: number, torn: boolean, from: number, to: number, offset: number) => void,
): void {
  const { step, cols, torn } = lattice;
  const meshRow = Math.floor((row - lattice.row) / step);
  let mesh = Math.floor((col - lattice.col) / step);
  for (let from = 0; from < count; mesh++) {
    const offset = col - lattice.col - mesh * step;
    const to = Math.min(count, step - offset);
    const isTorn = torn !== null && torn[meshRow * (cols - 1) + mesh] === 1;
    visit(meshRow * cols + mesh, isTorn, from, to, offset);
    from = to;
  }
}

/** Calls `visit` with the centres of `count` cells from (row, col) on. The piece is one object, used again and again. */
export function forCentrePieces(
  lattice: PositionLattice,
  row: number,
  col: number,
  count: number,
  visit: (piece: CentrePiece) => void,
): void {
  const line = emptyLine();
  const piece: CentrePiece = { from: 0, to: 0, offset: 0, colBase: 0, rowBase: 0, ...emptyLine() };
  const t = inMesh(lattice, row) + 0.5 / lattice.step;
  forMeshes(lattice, row, col, count, (node, torn, from, to, offset) => {
    if (!torn) {
      setLine(line, lattice, node, t);
      setCentres(piece, line, lattice.step, from, to, offset + 0.5);
      visit(piece);
      return;
    }
    for (let k = from; k < to; k++) {
      const { srcCol, srcRow } = lattice.exact(row + 0.5, col + k + 0.5);
      setLineAt(line, srcCol, srcRow);
      setCentres(piece, line, 0, k, k + 1, 0);
      visit(piece);
    }
  });
}

function setLineAt(line: MeshLine, col: number, row: number): void {
  line.col = col;
  line.row = row;
  line.colSlope = 0;
  line.rowSlope = 0;
}

/** Share of its mesh's height that lies above the top of a row of cells. */
function inMesh({ row, step }: PositionLattice, cell: number): number {
  return (cell - row - Math.floor((cell - row) / step) * step) / step;
}

function setCentres(
  piece: CentrePiece,
  { col, colSlope, row, rowSlope }: MeshLine,
  step: number,
  from: number,
  to: number,
  offset: number,
): void {
  piece.from = from;
  piece.to = to;
  piece.offset = offset;
  piece.colBase = baseOf(col, colSlope, col, colSlope, step);
  piece.rowBase = baseOf(row, rowSlope, row, rowSlope, step);
  piece.col = col - piece.colBase;
  piece.row = row - piece.rowBase;
  piece.colSlope = colSlope;
  piece.rowSlope = rowSlope;
}

/**
 * Calls `visit` with the footprints of `count` cells from (row, col) on. Cells across a seam (180 degrees) have none.
 * The piece is one object, used again and again.
 */
export function forFootprintPieces(
  lattice: PositionLattice,
  row: number,
  col: number,
  count: number,
  visit: (piece: FootprintPiece) => void,
): void {
  const [upper, lower] = [emptyLine(), emptyLine()];
  const piece = emptyFootprints();
  const { step } = lattice;
  const t = inMesh(lattice, row);
  forMeshes(lattice, row, col, count, (node, torn, from, to, offset) => {
    if (torn) {
      for (let k = from; k < to; k++) if (setExact(piece, lattice, row, col + k, k)) visit(piece);
      return;
    }
    setLine(upper, lattice, node, t);
    setLine(lower, lattice, node, t + 1 / step);
    // The bottom-right corner is one cell further on.
    lower.col += lower.colSlope;
    lower.row += lower.rowSlope;
    setSpan(piece, from, to, offset);
    if (setFootprints(piece, upper, lower, step)) visit(piece);
    else for (let k = from; k < to; k++) visitCell(piece, upper, lower, offset + k, k, visit);
  });
}

function emptyFootprints(): FootprintPiece {
  const sides = { left: 0, leftSlope: 0, right: 0, rightSlope: 0, top: 0, topSlope: 0, bottom: 0, bottomSlope: 0 };
  return { from: 0, to: 0, offset: 0, colBase: 0, rowBase: 0, ...sides };
}

function setSpan(piece: FootprintPiece, from: number, to: number, offset: number): void {
  piece.from = from;
  piece.to = to;
  piece.offset = offset;
}

/** False where the corners' order turns inside the mesh. */
function setFootprints(piece: FootprintPiece, upper: MeshLine, lower: MeshLine, step: number): boolean {
  const rightwards = orderOf(lower.col - upper.col, lower.colSlope - upper.colSlope, step);
  const downwards = orderOf(lower.row - upper.row, lower.rowSlope - upper.rowSlope, step);
  if (rightwards === 0 || downwards === 0) return false;
  const [west, east] = rightwards > 0 ? [upper, lower] : [lower, upper];
  const [north, south] = downwards > 0 ? [upper, lower] : [lower, upper];
  piece.colBase = baseOf(west.col, west.colSlope, west.col, west.colSlope, step);
  piece.rowBase = baseOf(north.row, north.rowSlope, north.row, north.rowSlope, step);
  piece.left = west.col - piece.colBase;
  piece.leftSlope = west.colSlope;
  piece.right = east.col - piece.colBase;
  piece.rightSlope = east.colSlope;
  piece.top = north.row - piece.rowBase;
  piece.topSlope = north.rowSlope;
  piece.bottom = south.row - piece.rowBase;
  piece.bottomSlope = south.rowSlope;
  return true;
}

/** Sign of a difference that is linear over a mesh; 0 where it changes. NaN, without a source, counts as positive. */
function orderOf(difference: number, slope: number, step: number): number {
  const end = difference + step * slope;
  if (difference < 0 && end < 0) return -1;
  return difference <= 0 || end <= 0 ? 0 : 1;
}

/** One cell of a mesh whose corners change their order. */
function visitCell(
  piece: FootprintPiece,
  upper: MeshLine,
  lower: MeshLine,
  u: number,
  k: number,
  visit: (piece: FootprintPiece) => void,
): void {
  const [x0, x1] = [upper.col + u * upper.colSlope, lower.col + u * lower.colSlope];
  const [y0, y1] = [upper.row + u * upper.rowSlope, lower.row + u * lower.rowSlope];
  setCell(piece, k, x0, y0, x1, y1);
  visit(piece);
}

function setCell(piece: FootprintPiece, k: number, x0: number, y0: number, x1: number, y1: number): void {
  setSpan(piece, k, k + 1, 0);
  piece.leftSlope = 0;
  piece.rightSlope = 0;
  piece.topSlope = 0;
  piece.bottomSlope = 0;
  piece.colBase = Math.floor(Math.min(x0, x1)) - 1;
  piece.rowBase = Math.floor(Math.min(y0, y1)) - 1;
  piece.left = Math.min(x0, x1) - piece.colBase;
  piece.right = Math.max(x0, x1) - piece.colBase;
  piece.top = Math.min(y0, y1) - piece.rowBase;
  piece.bottom = Math.max(y0, y1) - piece.rowBase;
}

/** The footprint of a cell in a torn mesh. False where its corners lie on both sides of a seam: its centre is far off. */
function setExact(piece: FootprintPiece, { exact }: PositionLattice, row: number, col: number, k: number): boolean {
  const [a, b, centre] = [exact(row, col), exact(row + 1, col + 1), exact(row + 0.5, col + 0.5)];
  setCell(piece, k, a.srcCol, a.srcRow, b.srcCol, b.srcRow);
  return isNear(a, b, centre, 'srcCol') && isNear(a, b, centre, 'srcRow');
}

function isNear(a: SourcePosition, b: SourcePosition, centre: SourcePosition, axis: keyof SourcePosition): boolean {
  const off = Math.abs((a[axis] + b[axis]) / 2 - centre[axis]);
  return off <= SEAM_SHARE * Math.abs(a[axis] - b[axis]) + 1;
}
