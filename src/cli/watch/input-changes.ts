/** @pure What of a city's inputs is not as its newest run read it. */

/** An object and the mark of its version. */
interface Version {
  readonly url: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** ISO 8601 UTC. */
  readonly modified: string;
}

/** What a manifest keeps of inputs. */
export interface ReadInputs {
  readonly scenes: readonly Version[];
  readonly unread: readonly string[];
  readonly factorsDigest: string;
}

/** What a spec names now. */
export interface PresentInputs {
  readonly scenes: readonly Version[];
  readonly factorsDigest: string;
}

export interface InputChanges {
  /** URLs, in the order of the layers. */
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  /** Whether the factor table is another. */
  readonly factors: boolean;
  /** Time of the newest change that the listing tells, ms; null where something changed that leaves no time. */
  readonly newestMs: number | null;
}

/**
 * Scenes by URL, ETag and size. Nothing may be named while the request is another: zones, the spec itself, the software
 * or the order of scenes changed then.
 */
export function inputChanges(now: PresentInputs, read: ReadInputs): InputChanges {
  const before = new Map(read.scenes.map((scene) => [scene.url, scene]));
  const unread = new Set(read.unread);
  const present = new Set(now.scenes.map(({ url }) => url));
  const added = now.scenes.filter(({ url }) => !before.has(url) && !unread.has(url));
  const replaced = now.scenes.filter((scene) => isOther(scene, before.get(scene.url)));
  const removed = read.scenes.filter(({ url }) => !present.has(url));
  const factors = now.factorsDigest !== read.factorsDigest;
  const timed = [...added, ...replaced];
  const isTimed = timed.length > 0 && removed.length === 0 && !factors;
  return {
    added: urls(added),
    replaced: urls(replaced),
    removed: urls(removed),
    factors,
    newestMs: isTimed ? Math.max(...timed.map(({ modified }) => Date.parse(modified))) : null,
  };
}

function isOther(scene: Version, before: Version | undefined): boolean {
  return before !== undefined && (before.etag !== scene.etag || before.sizeBytes !== scene.sizeBytes);
}

/** A scene that two layers read is one. */
function urls(scenes: readonly Version[]): string[] {
  return [...new Set(scenes.map(({ url }) => url))];
}
