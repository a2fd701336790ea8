/** The only door to sharp: pixels into PNG and WebP. Both lossless, so colours stay those of the legend; no metadata, no date. */
import { CitysinkError } from '../errors.ts';
import type { Picture } from '../raster/map-colours.ts';

export type PictureForm = 'png' | 'webp';

/** Media type by form. */
export const PICTURE_TYPES: Readonly<Record<PictureForm, string>> = { png: 'image/png', webp: 'image/webp' };

/** Of files that are kept, zlib's own choice; and of pictures that are looked at once, a third of the time for some more bytes. */
const KEPT_PNG_LEVEL = 6;
export const QUICK_PNG_LEVEL = 1;

/** The same pixels give the same bytes. Errors: CONFIG_INVALID where the library does not load on this machine. */
export async function encodePicture(
  { rgba, width, height }: Picture,
  form: PictureForm,
  pngLevel = KEPT_PNG_LEVEL,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(rgba, { raw: { width, height, channels: 4 } });
  const encoded =
    form === 'png' ? image.png({ compressionLevel: pngLevel }) : image.webp({ lossless: true, effort: 3 });
  return new Uint8Array(await encoded.toBuffer());
}

/** Loaded at the first picture: no command waits for it otherwise. Keeps nothing, and uses one thread at a time. */
async function loadSharp(): Promise<typeof import('sharp')['default']> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  } catch (cause) {
    throw new CitysinkError('CONFIG_INVALID', 'the library for pictures (sharp) does not load on this machine', {
      cause,
      remedy: 'Install the packages with npm ci on this machine; sharp comes with a binary for each platform.',
    });
  }
}
