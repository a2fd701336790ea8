/** What a GDAL_METADATA tag says of one band. */
export interface BandMetadata {
  readonly scale: number;
  readonly offset: number;
  readonly unit: string | null;
  readonly description: string | null;
}

const NOTHING: BandMetadata = { scale: 1, offset: 0, unit: null, description: null };

/** Largest metadata text that is searched, in characters. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * Scale, offset, unit and description of each band from the XML of a GDAL_METADATA tag. Items are told apart by their
 * `role` attribute as GDAL writes it; numbers that do not parse leave the default. Texts are escaped twice in these files.
 */
export function bandMetadata(xml: string | null, bandCount: number): BandMetadata[] {
  const bands: BandMetadata[] = Array.from({ length: bandCount }, () => NOTHING);
  if (xml === null) return bands;
  for (const match of xml.slice(0, MAX_TEXT).matchAll(/<Item\s([^<>]{0,1000})>([^<]*)<\/Item>/g)) {
    const attributes = attributesOf(match[1] ?? '');
    const sample = Number(attributes.get('sample') ?? Number.NaN);
    const known = Number.isInteger(sample) ? bands[sample] : undefined;
    if (known !== undefined)
      bands[sample] = withItem(known, attributes.get('role') ?? '', unescapeXml(unescapeXml(match[2] ?? '')));
  }
  return bands;
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(match[1] ?? '', match[2] ?? match[3] ?? '');
  }
  return attributes;
}

function withItem(band: BandMetadata, role: string, text: string): BandMetadata {
  const number = Number(text);
  const isNumber = text.trim() !== '' && Number.isFinite(number);
  if (role === 'scale' && isNumber) return { ...band, scale: number };
  if (role === 'offset' && isNumber) return { ...band, offset: number };
  if (role === 'unittype') return { ...band, unit: text };
  if (role === 'description') return { ...band, description: text };
  return band;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXml(text: string): string {
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
