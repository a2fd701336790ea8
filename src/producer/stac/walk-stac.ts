/** From a place to items: an item, an ItemCollection, a catalog with links, or a folder of such. */

import type { UnreadInput } from '../../shared/carbon/partial.ts';
import { isStac, readStacDocument, readStacItem, type StacLink, stacError } from '../../shared/contracts/stac.ts';
import { CitysinkError, isInputLoss, type Problem, refuseIfAny, toCitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import type { StoreAccess } from '../../shared/io/store.ts';
import { hrefToUrl } from './asset-href.ts';
import type { PlacedItem } from './stac-scene.ts';

export interface StacLimits {
  /** Links between the place named and an item. */
  readonly depth: number;
  readonly items: number;
  /** Documents opened: items and what links to them. */
  readonly documents: number;
  readonly documentBytes: number;
}

export const STAC_LIMITS: StacLimits = { depth: 8, items: 10_000, documents: 20_000, documentBytes: 64 * 2 ** 20 };

const AT_ONCE = 8;
const MAX_PROBLEMS = 50;
const JSON_NAME = /\.(geo)?json$/i;
/** Links that lead to items; parent, root and self lead back. */
const DOWNWARD = new Set(['item', 'items', 'child']);

/** What is done with an item once it is read; it is not kept, since thousands may come. Throws where it is a mistake. */
export type ItemUse = (placed: PlacedItem) => void;

/**
 * Hands on every item below `place`. Level by level, each document once, so that circles end and the order of answers
 * is of no account. Gives back documents that are linked or listed and could not be read: what they hold is not seen.
 *
 * Errors: REQUEST_INVALID with all documents and items that have mistakes; the store's own where the place itself
 * cannot be read.
 */
export async function walkStac(
  place: string,
  access: StoreAccess,
  stores: StoreRegistry,
  limits: StacLimits,
  use: ItemUse,
): Promise<readonly UnreadInput[]> {
  const reader = new StacReader(access, stores, limits, use);
  if (place.endsWith('/')) await reader.readFolder(place);
  else await reader.readTree(place);
  refuseIfAny(reader.problems.slice(0, MAX_PROBLEMS));
  return reader.unread;
}

/** A limit that was passed: reading on would not help. */
class TooManyError extends CitysinkError {
  constructor({ code, message, problems, context }: CitysinkError) {
    super(code, message, { problems, context });
  }
}

class StacReader {
  readonly unread: UnreadInput[] = [];
  readonly problems: Problem[] = [];
  readonly #seen = new Set<string>();
  readonly #access: StoreAccess;
  readonly #stores: StoreRegistry;
  readonly #limits: StacLimits;
  readonly #use: ItemUse;
  #items = 0;

  constructor(access: StoreAccess, stores: StoreRegistry, limits: StacLimits, use: ItemUse) {
    this.#access = access;
    this.#stores = stores;
    this.#limits = limits;
    this.#use = use;
  }

  /** Items and ItemCollections below a prefix. Catalogs beside them link to the same items; other JSON is no STAC. */
  async readFolder(prefix: string): Promise<void> {
    const urls: string[] = [];
    for await (const { url } of this.#stores.storeFor(prefix, this.#access).list(prefix)) {
      if (JSON_NAME.test(url)) urls.push(url);
      if (urls.length > this.#limits.documents) this.#tooMany(prefix, this.#limits.documents, 'documents');
    }
    await this.#readLevel(urls, (value, url) => {
      if (!isStac(value)) return [];
      const document = readStacDocument(value, url);
      if (document.kind !== 'links') this.#take(document.kind === 'item' ? [document.item] : document.items, url);
      return [];
    });
    if (this.#items === 0 && this.unread.length === 0 && this.problems.length === 0) {
      throw stacError(prefix, 'holds no STAC', 'JSON files of items', `${urls.length} JSON files, none of them items`);
    }
  }

  async readTree(root: string): Promise<void> {
    let level = [root];
    this.#seen.add(root);
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > this.#limits.depth) {
        throw stacError(root, 'has links too deep', `at most ${this.#limits.depth} levels`, level[0] ?? '');
      }
      level = await this.#readLevel(level, (value, url) => this.#open(value, url), depth === 0);
    }
  }

  #open(value: unknown, url: string): string[] {
    const document = readStacDocument(value, url);
    if (document.kind === 'links') return this.#follow(document.links, url);
    this.#take(document.kind === 'item' ? [document.item] : document.items, url);
    return [];
  }

  #follow(links: readonly StacLink[], url: string): string[] {
    const next: string[] = [];
    for (const { rel, href } of links) {
      if (!DOWNWARD.has(rel)) continue;
      const target = hrefToUrl(href, url);
      if (this.#seen.has(target)) continue;
      this.#seen.add(target);
      next.push(target);
      if (this.#seen.size > this.#limits.documents) this.#tooMany(url, this.#limits.documents, 'documents');
    }
    return next;
  }

  #take(values: readonly unknown[], url: string): void {
    this.#items += values.length;
    if (this.#items > this.#limits.items) this.#tooMany(url, this.#limits.items, 'items');
    for (const [index, value] of values.entries()) {
      const where = values.length === 1 ? url : `${url} features.${index}`;
      this.#guard(url, () => this.#use({ item: readStacItem(value, where), documentUrl: url }));
    }
  }

  /** Reads documents a few at a time and hands them on in the order given; returns what they link to. */
  async #readLevel(
    urls: readonly string[],
    use: (value: unknown, url: string) => string[],
    isRoot = false,
  ): Promise<string[]> {
    const next: string[] = [];
    for (let at = 0; at < urls.length; at += AT_ONCE) {
      const batch = urls.slice(at, at + AT_ONCE);
      const answers = await Promise.allSettled(batch.map((url) => this.#readJson(url)));
      for (const [index, answer] of answers.entries()) {
        const url = batch[index] ?? '';
        this.#guard(
          url,
          () => {
            if (answer.status === 'rejected') throw answer.reason;
            next.push(...use(answer.value, url));
          },
          isRoot,
        );
      }
    }
    return next;
  }

  async #readJson(url: string): Promise<unknown> {
    const store = this.#stores.storeFor(url, this.#access);
    const bytes = await store.read(url, { maxBytes: this.#limits.documentBytes });
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (error) {
      throw stacError(url, 'is not JSON', 'a STAC document', error instanceof Error ? error.message : 'other bytes');
    }
  }

  /** Losses are kept as unread inputs, mistakes as problems; what concerns the root itself is thrown. */
  #guard(url: string, work: () => void, isRoot = false): void {
    try {
      work();
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      if (error.code === 'INTERNAL' || error instanceof TooManyError) throw error;
      if (isRoot && error.problems.length === 0) throw error;
      if (isInputLoss(error.code)) {
        this.unread.push({ url, code: error.code, message: error.message });
      } else if (error.problems.length > 0) this.problems.push(...error.problems);
      else this.problems.push({ where: url, message: error.message });
    }
  }

  #tooMany(where: string, most: number, what: string): never {
    throw new TooManyError(stacError(where, `leads to too many ${what}`, `at most ${most}`, 'more'));
  }
}
