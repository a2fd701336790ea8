/** Where each block of an image lies in its file. */
import { CitysinkError } from '../errors.ts';
import { blockCount, blocksAcross, blocksDown, decodedRows, packedBlockBytes } from '../raster/block-grid.ts';
import type { BlockLayout } from '../raster/raster-header.ts';
import { TAG } from '../raster/tiff-tags.ts';
import type { HeaderSource } from './header-source.ts';
import { readBlockTable, type TiffDirectory } from './tiff-directory.ts';

/** Offsets and byte counts by block index (band-separate images repeat the grid for each band); plain data. */
export interface BlockTable {
  readonly offsets: Float64Array;
  /** 0 means a sparse block: nothing stored, every sample is nodata, or 0 where there is no nodata. */
  readonly lengths: Float64Array;
  readonly across: number;
  readonly down: number;
}

/** Loads both tables, each in one request. Errors: RASTER_CORRUPT where a table is missing or too short. */
export async function loadBlockTable(
  source: HeaderSource,
  layout: BlockLayout,
  directory: TiffDirectory,
): Promise<BlockTable> {
  const blocks = blockCount(layout);
  const littleEndian = layout.littleEndian;
  const names = layout.tiled
    ? { offsets: TAG.tileOffsets, lengths: TAG.tileByteCounts }
    : { offsets: TAG.stripOffsets, lengths: TAG.stripByteCounts };
  const offsets = await loadTable(source, directory, names.offsets, blocks, littleEndian);
  const noLengths = !directory.entries.has(names.lengths) && layout.codec === 'none';
  const lengths = noLengths
    ? uncompressedLengths(layout)
    : await loadTable(source, directory, names.lengths, blocks, littleEndian);
  return { offsets, lengths, across: blocksAcross(layout), down: blocksDown(layout) };
}

async function loadTable(
  source: HeaderSource,
  directory: TiffDirectory,
  tag: number,
  blocks: number,
  littleEndian: boolean,
): Promise<Float64Array> {
  const entry = directory.entries.get(tag);
  if (entry === undefined) throw new CitysinkError('RASTER_CORRUPT', `tag ${tag} (a table of blocks) is missing`);
  if (entry.count < blocks) {
    throw new CitysinkError('RASTER_CORRUPT', `tag ${tag} has ${entry.count} entries for ${blocks} blocks`);
  }
  return readBlockTable(source, littleEndian, { ...entry, count: blocks });
}

/** Byte counts may be left out of uncompressed files: each block is as long as its samples. */
function uncompressedLengths(layout: BlockLayout): Float64Array {
  const lengths = new Float64Array(blockCount(layout));
  const across = blocksAcross(layout);
  const down = blocksDown(layout);
  for (let i = 0; i < lengths.length; i++) {
    lengths[i] = packedBlockBytes(layout, decodedRows(layout, Math.floor(i / across) % down));
  }
  return lengths;
}
