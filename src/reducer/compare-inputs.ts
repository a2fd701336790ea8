import { type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { PlannedScene } from '../shared/contracts/plan-layers.ts';
import { soilLayer } from '../shared/contracts/soil-layer.ts';
import type { Relation } from './compare-chain.ts';
import type { ComparedRun } from './compare-state.ts';

/** @pure What two runs were given: scenes that came, went or were replaced, coefficients that differ, and what cannot be compared. */

export interface SceneChange {
  /** `read_otherwise`: the same object with another band, nodata, scale or place. */
  readonly change: 'added' | 'dropped' | 'replaced' | 'read_otherwise';
  readonly layers: readonly string[];
  readonly url: string;
  /** null: the run does not have it. */
  readonly old_etag: string | null;
  readonly new_etag: string | null;
  /** Day or time of the imagery where it is known. */
  readonly old_date: string | null;
  readonly new_date: string | null;
}

interface UsedScene {
  readonly scene: PlannedScene;
  readonly layers: readonly string[];
  readonly date: string | null;
}

/** In order of layers and ownership: first what the old run had, then what came. A scene is known by its URL and band. */
export function sceneChanges(old: Plan, next: Plan): SceneChange[] {
  const [before, after] = [usedScenes(old), usedScenes(next)];
  const gone = [...before].flatMap(([key, was]) => changeOf(was, after.get(key)) ?? []);
  const added = [...after].filter(([key]) => !before.has(key)).map(([, is]) => rowOf('added', null, is));
  return [...gone, ...added];
}

function changeOf(was: UsedScene, is: UsedScene | undefined): SceneChange | null {
  if (is === undefined) return rowOf('dropped', was, null);
  if (was.scene.etag !== is.scene.etag || was.scene.sizeBytes !== is.scene.sizeBytes) return rowOf('replaced', was, is);
  return readingOf(was) === readingOf(is) ? null : rowOf('read_otherwise', was, is);
}

function rowOf(change: SceneChange['change'], was: UsedScene | null, is: UsedScene | null): SceneChange {
  const { scene, layers } = (is ?? was) as UsedScene;
  return {
    change,
    layers,
    url: scene.url,
    old_etag: was?.scene.etag ?? null,
    new_etag: is?.scene.etag ?? null,
    old_date: was?.date ?? null,
    new_date: is?.date ?? null,
  };
}

/** What decides the samples of an object beside its bytes; its place on the grid hangs on the grid too, and is left out. */
function readingOf({ scene, layers }: UsedScene): string {
  const { band, nodata, gain, bias } = scene;
  return JSON.stringify({ band, nodata, gain, bias, layers });
}

function usedScenes({ scenes, layers }: Plan): Map<string, UsedScene> {
  const used = new Map<string, { scene: PlannedScene; layers: string[]; date: string | null }>();
  for (const { name, takes } of layers) {
    for (const take of takes) {
      for (const index of [...take.scenes, ...(take.mask === null ? [] : [take.mask])]) {
        const scene = scenes[index];
        if (scene === undefined) continue;
        const key = `${scene.url} ${scene.band}`;
        const known = used.get(key);
        if (known === undefined) used.set(key, { scene, layers: [name], date: scene.datetime ?? take.date });
        else if (!known.layers.includes(name)) known.layers.push(name);
      }
    }
  }
  return used;
}

export type FactorColumn = Coefficient | 'impervious';

export interface FactorChange {
  readonly class: number;
  readonly name: string;
  readonly column: FactorColumn;
  readonly unit: 't C/ha' | 't C/ha/yr' | 'share';
  /** null: the table has no such row or column. */
  readonly old: number | null;
  readonly new: number | null;
}

const COLUMNS: readonly FactorColumn[] = [...POOLS, ...RATES, 'impervious'];

/** In order of class codes and columns. */
export function factorChanges(old: Plan, next: Plan): FactorChange[] {
  const [before, after] = [rowsOf(old), rowsOf(next)];
  const codes = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return codes.flatMap((code) =>
    COLUMNS.map((column) => {
      const name = (after.get(code) ?? before.get(code))?.name ?? '';
      const [was, is] = [coefficientOf(old, before.get(code), column), coefficientOf(next, after.get(code), column)];
      return { class: code, name, column, unit: unitOf(column), old: was, new: is };
    }).filter((change) => change.old !== change.new),
  );
}

type FactorRow = Plan['factors']['classes'][number];

function rowsOf({ factors }: Plan): Map<number, FactorRow> {
  return new Map(factors.classes.map((row) => [row.code, row]));
}

function coefficientOf({ factors }: Plan, row: FactorRow | undefined, column: FactorColumn): number | null {
  if (row === undefined) return null;
  if (column === 'impervious') return row.impervious;
  return factors.coefficients.includes(column) ? (row.values[column] ?? null) : null;
}

function unitOf(column: FactorColumn): FactorChange['unit'] {
  if (column === 'impervious') return 'share';
  return (RATES as readonly string[]).includes(column) ? 't C/ha/yr' : 't C/ha';
}

/**
 * Which part each thing belongs to. Land cover from the very same scenes cannot have changed: where its shares differ all
 * the same, that comes of other outlines, of another grid or area rule, or of what could not be read.
 */
export function relationOf(old: ComparedRun, next: ComparedRun): Relation {
  const [a, b] = [old.plan, next.plan];
  const otherModel = modelDifferences(a, b).length > 0;
  const otherOutlines = a.zones.digest !== b.zones.digest;
  const unread = [old, next].map(({ figures }) => figures.city.total.unread_cells);
  const size = otherModel && !otherOutlines ? 'model_or_area_rule' : 'zones';
  const sameLand = sameLayers(a, b, ({ kind }) => kind === 'classes');
  const shares = !sameLand ? 'land_change' : otherOutlines || otherModel ? size : 'coverage';
  const isReadAlike = unread[0] === unread[1];
  const followsLand = sameSoil(a, b) && (!sameLand || otherOutlines || otherModel || !isReadAlike);
  return {
    otherModel,
    partOf: {
      zoneHa: size,
      coverage: sameLand && (otherOutlines || otherModel) && unread.every((cells) => cells === 0) ? size : 'coverage',
      shares,
      moves: sameLand && sameGreen(a, b) ? shares : 'green_refinement',
      soil: followsLand ? shares : 'soil_source',
      factors: 'factors',
    },
  };
}

type Layer = Plan['layers'][number];

function sameLayers(old: Plan, next: Plan, which: (layer: Layer) => boolean): boolean {
  const text = (plan: Plan) => JSON.stringify(plan.layers.filter(which).map((layer) => layerVersion(plan, layer)));
  return text(old) === text(next);
}

/** All that decides the values of a layer, the layer that masks it included. */
function layerVersion(plan: Plan, layer: Layer): unknown {
  const { takes, ...rules } = layer;
  const version = (index: number) => {
    const { url, etag, sizeBytes, band, nodata, gain, bias } = plan.scenes[index] ?? {};
    return [url, etag, sizeBytes, band, nodata, gain, bias];
  };
  const used = takes.map(({ scenes, mask }) => [scenes.map(version), mask === null ? null : version(mask)]);
  const by = plan.layers.find(({ name }) => name === layer.mask?.layer && name !== layer.name);
  return { rules, used, by: by === undefined ? null : layerVersion(plan, by) };
}

function sameSoil(old: Plan, next: Plan): boolean {
  const [was, is] = [soilLayer(old), soilLayer(next)];
  return was !== null && is !== null && sameLayers(old, next, ({ name }) => name === was.name || name === is.name);
}

/** Found in the same scenes by the same rules; those that are in cells hang on the grid. */
function sameGreen(old: Plan, next: Plan): boolean {
  const rules = ({ green, greenScore }: Plan) => {
    const found = green === null ? null : { ...green, closingCells: 0, holeCells: 0, haloCells: 0 };
    return JSON.stringify({ found, greenScore });
  };
  return rules(old) === rules(next) && sameLayers(old, next, ({ kind }) => kind !== 'quantity');
}

/** Where the lattice, area rule or model differ, in words; the window says nothing of how a cell is counted. */
export function modelDifferences(old: Plan, next: Plan): string[] {
  const facts: (readonly [string, unknown, unknown])[] = [
    ['grid', latticeText(old), latticeText(next)],
    ['area rule', areaText(old), areaText(next)],
    ['zone rule', old.zones.rule, next.zones.rule],
    ['model version', old.model, next.model],
  ];
  return facts.filter(([, was, is]) => was !== is).map(([what, was, is]) => `${what}: ${was}, then ${is}`);
}

function latticeText({ grid }: Plan): string {
  const { crs, cellWidth, cellHeight, originX, originY } = grid;
  return `${crs.name}, cells of ${cellWidth} x ${cellHeight} from ${originX}, ${originY}`;
}

function areaText({ area, areaBy }: Plan): string {
  return area === 'plane' ? 'plane' : `ellipsoid by ${areaBy}`;
}

/** What a reader must know before taking the comparison at its word. */
export function comparisonNotes(old: ComparedRun, next: ComparedRun): string[] {
  const [a, b] = [old.plan, next.plan];
  const notes: string[] = [];
  if (a.city !== b.city) notes.push(`these are runs of two cities: ${a.city} and ${b.city}`);
  for (const text of modelDifferences(a, b)) notes.push(`not counted alike: ${text}`);
  if (a.zones.digest !== b.zones.digest) {
    const both =
      modelDifferences(a, b).length > 0
        ? '; grid or area rule differ too, and what they do to areas stands under zones'
        : '';
    notes.push(`the files of zones are not the same: zones are matched by their ids${both}`);
  }
  notes.push(...columnNotes(a, b), ...greenNotes(a, b), ...orderNotes(a, b));
  return notes;
}

function columnNotes(old: Plan, next: Plan): string[] {
  const only = (one: Plan, other: Plan) =>
    one.factors.coefficients.filter((column) => !other.factors.coefficients.includes(column));
  const text = (columns: readonly Coefficient[], which: string) =>
    columns.length === 0 ? [] : [`only the ${which} factor table has ${columns.join(', ')}`];
  return [...text(only(old, next), 'old'), ...text(only(next, old), 'new')];
}

function greenNotes(old: Plan, next: Plan): string[] {
  if (old.green === null && next.green === null) return [];
  if (old.green === null) return ['only the new run looks for green spaces inside of built-up land'];
  if (next.green === null) return ['only the old run looks for green spaces inside of built-up land'];
  const same = JSON.stringify([old.green, old.greenScore]) === JSON.stringify([next.green, next.greenScore]);
  return same ? [] : ['green spaces are found or sized by other rules'];
}

/** The first valid scene owns a cell: the same scenes in another order are another land cover. */
function orderNotes(old: Plan, next: Plan): string[] {
  return next.layers.flatMap((layer) => {
    const before = old.layers.find(({ name }) => name === layer.name);
    if (before === undefined) return [`layer ${layer.name} is in the new run alone`];
    const [was, is] = [urlsOf(old, before), urlsOf(next, layer)];
    const common = (urls: readonly string[], others: readonly string[]) => urls.filter((url) => others.includes(url));
    return common(was, is).join(' ') === common(is, was).join(' ')
      ? []
      : [`scenes of ${layer.name} own cells in another order`];
  });
}

function urlsOf({ scenes }: Plan, { takes }: Plan['layers'][number]): string[] {
  return takes.flatMap((take) => take.scenes.map((index) => scenes[index]?.url ?? ''));
}
