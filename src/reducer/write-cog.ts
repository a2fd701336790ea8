import { createHash } from 'node:crypto';
import type { Manifest } from '../shared/contracts/manifest.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import {
  BLOCK_LEADER_BYTES,
  BLOCK_TRAILER_BYTES,
  type BlockSizes,
  type CogImage,
  cogHead,
} from '../shared/raster/cog-layout.ts';

/** A map as it is to be written: sizes of its blocks, and the blocks that are not empty in the order of the file. */
export interface CogParts {
  readonly image: CogImage;
  readonly sizes: BlockSizes;
  readonly blocks: AsyncIterable<Uint8Array>;
}

const TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized';

/** Streams a map into its place; memory goes with one block. Answers what the manifest says of it. */
export async function writeCog(
  store: ObjectStore,
  runUrl: string,
  name: string,
  { image, sizes, blocks }: CogParts,
): Promise<Manifest['outputs'][number]> {
  const head = cogHead(image, sizes);
  const hash = createHash('sha256');
  const chunks = (async function* () {
    hash.update(head.bytes);
    yield head.bytes;
    for await (const block of blocks) {
      const framed = framedBlock(block);
      hash.update(framed);
      yield framed;
    }
  })();
  await store.replaceStreamed(joinUrl(runUrl, name), { sizeBytes: head.sizeBytes, chunks }, TYPE);
  return { name, sha256: hash.digest('hex'), sizeBytes: head.sizeBytes };
}

/** A block with its size before it and its last bytes once more behind it, as the head announces. */
function framedBlock(block: Uint8Array): Uint8Array {
  const framed = new Uint8Array(BLOCK_LEADER_BYTES + block.length + BLOCK_TRAILER_BYTES);
  new DataView(framed.buffer).setUint32(0, block.length, true);
  framed.set(block, BLOCK_LEADER_BYTES);
  framed.set(block.subarray(-BLOCK_TRAILER_BYTES), BLOCK_LEADER_BYTES + block.length);
  return framed;
}
