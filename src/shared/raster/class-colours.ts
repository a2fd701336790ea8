import type { CodeColour, Hex } from './map-colours.ts';

/**
 * Colours of land-cover classes by what their names say; names that say nothing known take the next of a list. Told apart
 * by lightness and by blue against yellow, which hardly any eye lacks: never by red against green alone.
 */

interface Family {
  readonly names: RegExp;
  /** For the first class of the family, the second and so on; then from the start again. */
  readonly colours: readonly Hex[];
}

/** In the order of trial: urban green is told from built-up land, and flooded forest from forest. */
const FAMILIES: readonly Family[] = [
  { names: /(urban|city|城市|城镇).*(green|park|绿)|绿地|lawn|park/i, colours: ['#2f8a6c', '#8be3d8', '#1d6b53'] },
  {
    names: /built|urban|settlement|artificial|impervious|residential|road|建设|建成|不透水|城镇|道路/i,
    colours: ['#b695ab', '#cdb4c5', '#94768a'],
  },
  { names: /mangrove|wetland|marsh|swamp|peat|flooded|湿地|红树|沼泽/i, colours: ['#5b3f7f', '#7f63a6', '#432b63'] },
  { names: /water|river|lake|sea\b|ocean|水体|水域|河|湖|海/i, colours: ['#2a8ede', '#6ab4ec', '#1c6cad'] },
  {
    names: /crop|farm|paddy|orchard|plantation|agricult|耕|农|园地|水田|旱地/i,
    colours: ['#fbc94d', '#e0a92c', '#fde08f'],
  },
  { names: /forest|tree|wood|bamboo|森林|林|乔木|竹/i, colours: ['#14513b', '#2d7a57', '#0b3427', '#4a9170'] },
  { names: /shrub|scrub|灌/i, colours: ['#6a9a2c', '#86b34a'] },
  { names: /grass|pasture|rangeland|meadow|草/i, colours: ['#d9ea8c', '#c2d66a'] },
  { names: /snow|ice\b|冰|雪/i, colours: ['#f6fbff', '#e2edf5'] },
  {
    names: /bare|barren|sparse|desert|rock|sand|moss|lichen|裸|荒漠|沙|岩/i,
    colours: ['#d5c4bb', '#bfa99c', '#e6dad3'],
  },
];

/** Okabe and Ito (2008), without black. */
const OTHERS: readonly Hex[] = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7'];

/** A colour for each class, in the order of the table, which decides who comes first in a family. */
export function classColours(classes: readonly { readonly code: number; readonly name: string }[]): CodeColour[] {
  const taken = new Map<readonly Hex[], number>();
  return classes.map(({ code, name }) => {
    const colours = FAMILIES.find(({ names }) => names.test(name))?.colours ?? OTHERS;
    const place = taken.get(colours) ?? 0;
    taken.set(colours, place + 1);
    return { code, colour: colours[place % colours.length] ?? '#000000' };
  });
}
