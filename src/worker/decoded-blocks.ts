import type { UnreadInput } from '../shared/carbon/partial.ts';
import { toCitysinkError } from '../shared/errors.ts';
import type { Window } from '../shared/geo/window.ts';
import { decodeBlock } from '../shared/io/block-codec.ts';
import { blockWindow, decodedRows } from '../shared/raster/block-grid.ts';
import type { BlockLayout, SampleArray } from '../shared/raster/raster-header.ts';
import type { TileBlock, TileScene } from './tile-task.ts';

/** A block of a scene as samples, or why it has none. Windows are in the scene's own pixels. */
export type DecodedBlock =
  | { readonly kind: 'samples'; readonly window: Window; readonly samples: SampleArray }
  | { readonly kind: 'sparse' | 'unread'; readonly window: Window };

/** Decodes one block; what cannot be read is added to `unread` under the scene's name, never thrown. */
export function decodeTileBlock(
  scene: TileScene,
  layout: BlockLayout,
  block: TileBlock,
  unread: UnreadInput[],
): DecodedBlock {
  const window = blockWindow(layout, block);
  if (block.unread !== undefined) {
    unread.push({ url: scene.url, code: 'RASTER_CORRUPT', message: block.unread });
    return { kind: 'unread', window };
  }
  if (block.bytes === null) return { kind: 'sparse', window };
  try {
    const samples = decodeBlock(layout, block.bytes, decodedRows(layout, block.blockRow));
    return { kind: 'samples', window, samples };
  } catch (error) {
    const { code, message } = toCitysinkError(error);
    if (code !== 'RASTER_CORRUPT') throw error;
    unread.push({ url: scene.url, code, message: `block row ${block.blockRow}, col ${block.blockCol}: ${message}` });
    return { kind: 'unread', window };
  }
}
