import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf, folderOf, resolveUrl } from '../shared/io/store-url.ts';
import { mergeSpecs } from './merge-specs.ts';
import { namedFile } from './request-text.ts';
import { parseSpecDocument, type SpecDocument } from './spec-document.ts';
import { partsOfSpecName } from './spec-name.ts';
import { withAbsolutePlaces } from './spec-places.ts';
import { valueAt } from './spec-problems.ts';

/** A spec and all that it `extends`, as one value; each key still knows the file and line where it stands. */
export interface SpecChain {
  readonly value: unknown;
  /** Where a path of the value stands; `rank` is 0 for the spec itself and grows towards what it extends. */
  placeOf(path: readonly PropertyKey[]): { readonly file: string; readonly line: number; readonly rank: number };
}

/** Largest spec, bytes. */
export const MAX_SPEC_BYTES = 2 ** 20;
/** Files between a spec and the last one that it rests upon; and all of them together. */
const MOST_DEEP = 8;
const MOST_FILES = 32;

interface Link {
  readonly file: string;
  readonly document: SpecDocument;
  /** Where the spec begins in the file: `defaults` of a region file, else the top. */
  readonly below: readonly PropertyKey[];
}

type OpenStore = (url: string) => ObjectStore;

/** A spec that stands alone. */
export function chainOfOne(bytes: Uint8Array, file: string): SpecChain {
  const document = parseSpecDocument(bytes, file);
  return chainOf(document.value, [{ file, document, below: [] }]);
}

/**
 * The spec of a name (see spec-name.ts) with the defaults of its region below it, and what each extends below that. Places are
 * absolute where they come from another file. Errors: REQUEST_INVALID for what cannot be parsed, is not there, goes round in a
 * circle or too deep; those of the store.
 */
export async function readSpecChain(openStore: OpenStore, name: string): Promise<SpecChain> {
  const { specUrl, regionUrl } = partsOfSpecName(name);
  const reader = new ChainReader(openStore);
  const bytes = await namedFile('the spec', specUrl, openStore(specUrl).read(specUrl, { maxBytes: MAX_SPEC_BYTES }));
  const own = await reader.follow(bytes, specUrl, []);
  if (regionUrl === null) return chainOf(own, reader.links);
  const defaults = await reader.read(regionUrl, 'the region', [specUrl]);
  return chainOf(mergeSpecs(defaults, own), reader.links);
}

class ChainReader {
  readonly links: Link[] = [];
  private readonly openStore: OpenStore;

  constructor(openStore: OpenStore) {
    this.openStore = openStore;
  }

  /** What another file gives, with absolute places. */
  async read(url: string, where: string, trail: readonly string[]): Promise<unknown> {
    const bytes = await namedFile(where, url, this.openStore(url).read(url, { maxBytes: MAX_SPEC_BYTES }));
    return withAbsolutePlaces(await this.follow(bytes, url, trail), folderOf(url));
  }

  /** The spec in these bytes over what it extends; `trail`: the files that led here. */
  async follow(bytes: Uint8Array, url: string, trail: readonly string[]): Promise<unknown> {
    const file = baseNameOf(url);
    const document = parseSpecDocument(bytes, file);
    const below = valueAt(document.value, ['region']) === undefined ? [] : ['defaults'];
    this.links.push({ file, document, below });
    const written = below.length === 0 ? document.value : (valueAt(document.value, below) ?? {});
    const { extends: named, ...own } = Object(written) as { extends?: unknown };
    // A list or a text is no spec: the schema tells so.
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return written;
    let value: unknown = {};
    for (const base of basesOf(named)) {
      const where = `${file}:${document.lineOf([...below, 'extends'])} extends`;
      const next = resolveUrl(base, folderOf(url));
      this.refuseEndless(where, next, [...trail, url]);
      value = mergeSpecs(value, await this.read(next, where, [...trail, url]));
    }
    // What is no place stays under its key, for the schema to tell.
    return mergeSpecs(value, named === undefined || basesOf(named).length > 0 ? own : { ...own, extends: named });
  }

  private refuseEndless(where: string, next: string, trail: readonly string[]): void {
    const problem = (message: string, expected: string): Problem => ({
      where,
      message,
      expected,
      found: [...trail, next].map(baseNameOf).join(' -> '),
    });
    if (trail.includes(next)) refuseIfAny([problem('goes round in a circle', 'files that do not extend each other')]);
    if (trail.length > MOST_DEEP)
      refuseIfAny([problem('goes too deep', `at most ${MOST_DEEP} files one upon another`)]);
    if (this.links.length >= MOST_FILES) refuseIfAny([problem('names too many files', `at most ${MOST_FILES} in all`)]);
  }
}

/** Places that `extends` names, the lowest first; none where it has another form. */
function basesOf(named: unknown): string[] {
  const list = typeof named === 'string' ? [named] : Array.isArray(named) ? named : [];
  return list.every((place) => typeof place === 'string' && place.trim() !== '') ? (list as string[]) : [];
}

/** `links`: the spec itself first. The value of a path is that of the first file that has it, or of the deepest part of it. */
function chainOf(value: unknown, links: readonly Link[]): SpecChain {
  return {
    value,
    placeOf(path) {
      for (let length = path.length; length > 0; length--) {
        const rank = links.findIndex(
          ({ document, below }) => valueAt(document.value, [...below, ...path.slice(0, length)]) !== undefined,
        );
        if (rank >= 0) return place(links[rank] as Link, rank, path);
      }
      return place(links[0] as Link, 0, path);
    },
  };
}

function place({ file, document, below }: Link, rank: number, path: readonly PropertyKey[]) {
  return { file, line: document.lineOf([...below, ...path]), rank };
}
