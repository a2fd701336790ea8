import type {
  Cancelled,
  CityAnswer,
  ComparedMaps,
  Health,
  LiveRun,
  MapLayer,
  MapLayers,
  QueueCounts,
  Quote,
  RunDetail,
  RunProgress,
  RunSummary,
  SpecRequest,
  Started,
  TileLayout,
  ZoneMap,
} from './answers.ts';

/**
 * What the server asks of citysink: the stages themselves are not known here, the command line hands them in
 * (src/cli/serve/). Every method throws CitysinkError; RUN_NOT_FOUND for a city or run that is not there.
 */
export interface Desk {
  readonly version: string;
  cities(): Promise<readonly CityAnswer[]>;
  /** Newest first. */
  runs(city: string): Promise<readonly RunSummary[]>;
  run(city: string, run: string): Promise<RunDetail>;
  /** A file that the run's manifest lists; null for any other name. */
  file(city: string, run: string, name: string): Promise<RunFile | null>;
  zones(city: string, run: string): Promise<ZoneMap>;
  readonly maps: MapDesk;

  liveRuns(): Promise<readonly LiveRun[]>;
  progress(run: string): Promise<RunProgress>;
  /** Null where there are too many tiles to be drawn one by one. */
  layout(run: string): Promise<TileLayout | null>;
  cancel(run: string): Promise<Cancelled>;
  retry(run: string): Promise<Started>;

  /** Null: no folder of specs was named, and nothing can be started. */
  readonly specs: SpecDesk | null;
  compare(old: string, next: string): Promise<Readonly<Record<string, unknown>> & { readonly text: string }>;
  explain(
    city: string,
    run: string,
    place: { readonly x: number; readonly y: number; readonly crs: string | null },
  ): Promise<Readonly<Record<string, unknown>> & { readonly text: string }>;

  health(): Promise<Pick<Health, 'redis' | 'store'>>;
  queue(): Promise<QueueCounts>;
  /** null: nothing waits, or there is no result yet. */
  ages(): Promise<{ readonly oldestWaitingSeconds: number | null; readonly newestResultSeconds: number | null }>;
  /** Finished runs by status, as last listed. */
  runsByState(): Promise<ReadonlyMap<string, number>>;
}

/** Pictures of the maps of finished runs; a run that drew none has an empty list. */
export interface MapDesk {
  layers(city: string, run: string): Promise<MapLayers>;
  /** A PNG of a window of a map, at most `px` pixels a side. Errors: REQUEST_INVALID beyond the map. */
  picture(city: string, run: string, map: string, window: MapWindow): Promise<MapPicture>;
  /** Runs as `compare` takes them. */
  compared(old: string, next: string): Promise<ComparedMaps>;
  /** New less old: what its colours mean, and a PNG of the whole. */
  difference(old: string, next: string, map: string): Promise<{ readonly layer: MapLayer; readonly png: Uint8Array }>;
}

/** Cells of a map, from its north-west corner. */
export interface MapWindow {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  readonly px: number;
}

export interface MapPicture {
  readonly png: Uint8Array;
  /** Of the map; another map has another. */
  readonly sha256: string;
}

/** Starting runs of the specs below one folder. */
export interface SpecDesk {
  list(): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]>;
  text(name: string): Promise<string>;
  plan(request: SpecRequest): Promise<Quote>;
  start(request: SpecRequest): Promise<Started>;
}

export interface RunFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Bytes from `offset`, in parts that are read one after the other. */
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}
