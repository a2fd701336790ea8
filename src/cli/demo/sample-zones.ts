/** @pure Districts of the sample city: jagged borders that neighbours share vertex by vertex, and one enclave in a hole. */
import { SAMPLE_GRID } from './sample-city.ts';
import { hash } from './value-noise.ts';

/** Map position in whole centimetres of the sample's CRS: no vertex lies on the centre of a cell. */
type Vertex = readonly [x: number, y: number];

/** Nodes of the district map, km east and north of the grid's south-west corner. */
const NODES = {
  w: [0.9, 10.5],
  nw: [3.6, 18.6],
  n: [11.4, 19],
  ne: [20.6, 18.2],
  e: [23.1, 9.7],
  se: [22.6, 1.1],
  s: [12.3, 0.8],
  sw: [2.7, 1.9],
  p1: [7.6, 15.3],
  p2: [15.4, 15.7],
  p3: [16.1, 8.3],
  p4: [7.9, 6.6],
  q1: [3.1, 11.9],
  q2: [4.6, 13.3],
  q3: [5.9, 12.0],
  q4: [4.4, 10.2],
} as const satisfies Record<string, readonly [number, number]>;
type Node = keyof typeof NODES;

interface District {
  readonly code: string;
  readonly en: string;
  readonly zh: string;
  /** Node names around each ring, outer ring first; consecutive nodes are joined by a shared border. */
  readonly rings: readonly (readonly Node[])[];
}

/** Invented places. The science park is an enclave: the western district has a hole where it lies. */
const DISTRICTS: readonly District[] = [
  { code: 'LJ01', en: 'Jiangxin', zh: '江心区', rings: [['p1', 'p2', 'p3', 'p4']] },
  { code: 'LJ02', en: 'Beiling', zh: '北岭区', rings: [['nw', 'n', 'ne', 'p2', 'p1']] },
  { code: 'LJ03', en: 'Dongwan', zh: '东湾区', rings: [['ne', 'e', 'se', 'p3', 'p2']] },
  { code: 'LJ04', en: 'Nanfan', zh: '南畈区', rings: [['se', 's', 'sw', 'p4', 'p3']] },
  {
    code: 'LJ05',
    en: 'Xigang',
    zh: '西岗区',
    rings: [
      ['sw', 'w', 'nw', 'p1', 'p4'],
      ['q1', 'q2', 'q3', 'q4'],
    ],
  },
  { code: 'LJ06', en: 'Science Park', zh: '科学园', rings: [['q1', 'q2', 'q3', 'q4']] },
];

/** Halvings of each border: 2^6 pieces. */
const DEPTH = 6;

/** The districts as a GeoJSON FeatureCollection in the sample's CRS, named by the 2008 `crs` member. */
export function sampleZones(seed: number): object {
  return {
    type: 'FeatureCollection',
    name: 'Linjiang, synthetic districts of a city that does not exist',
    crs: { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${SAMPLE_GRID.epsg}` } },
    features: DISTRICTS.map(({ code, en, zh, rings }) => ({
      type: 'Feature',
      properties: { code, name: `${en} ${zh}`, name_en: en, name_zh: zh },
      geometry: { type: 'Polygon', coordinates: rings.map((nodes) => ring(seed, nodes)) },
    })),
  };
}

/** Closed ring through the nodes, in metres; the last vertex repeats the first. */
function ring(seed: number, nodes: readonly Node[]): [x: number, y: number][] {
  const vertices = nodes.flatMap((node, i) => border(seed, node, nodes[(i + 1) % nodes.length] ?? node).slice(0, -1));
  return [...vertices, ...vertices.slice(0, 1)].map(([x, y]) => [x / 100, y / 100]);
}

/** The border between two nodes; the same vertices in either direction, so neighbours leave no gap and no overlap. */
function border(seed: number, from: Node, to: Node): Vertex[] {
  if (from > to) return border(seed, to, from).reverse();
  const id = Object.keys(NODES).indexOf(from) * 100 + Object.keys(NODES).indexOf(to);
  return [vertex(from), ...between(seed + id, vertex(from), vertex(to), 1, DEPTH), vertex(to)];
}

function vertex(node: Node): Vertex {
  const [eastKm, northKm] = NODES[node];
  const south = SAMPLE_GRID.originY - SAMPLE_GRID.rows * SAMPLE_GRID.cellM;
  return [
    SAMPLE_GRID.originX * 100 + Math.round(eastKm * 100_000) + 37,
    south * 100 + Math.round(northKm * 100_000) + 61,
  ];
}

/** Midpoints, each pushed aside by up to a fourteenth of its span, which keeps borders from crossing; `place` numbers them as a binary tree does. */
function between(seed: number, a: Vertex, b: Vertex, place: number, depth: number): Vertex[] {
  if (depth === 0) return [];
  const push = (hash(seed, place, depth) & 1023) - 512;
  const x = Math.trunc((a[0] + b[0]) / 2) - Math.trunc(((b[1] - a[1]) * push) / 7168);
  const y = Math.trunc((a[1] + b[1]) / 2) + Math.trunc(((b[0] - a[0]) * push) / 7168);
  const middle: Vertex = [x, y];
  return [
    ...between(seed, a, middle, 2 * place, depth - 1),
    middle,
    ...between(seed, middle, b, 2 * place + 1, depth - 1),
  ];
}
