import type { MapLegend } from '../../shared/contracts/map-legend.ts';
import type { Plan } from '../../shared/contracts/plan.ts';
import type { RunStatus } from '../../shared/contracts/run-status.ts';
import type { Zone } from '../../shared/geo/zone.ts';
import type { Figures } from '../totals.ts';
import type { ClassName } from './words.ts';

/** What a report is made from: the same inputs give the same bytes, so there is no clock among them. */
export interface ReportParts {
  readonly plan: Plan;
  readonly figures: Figures;
  readonly status: RunStatus;
  readonly unread: readonly { readonly url: string; readonly code: string; readonly message: string }[];
  readonly failures: readonly { readonly tile: number; readonly code: string; readonly message: string }[];
  readonly warnings: readonly string[];
  readonly version: string;
  /** In the grid's CRS, in the order of the figures. */
  readonly zones: readonly Zone[];
  /** A picture of storage or classes, where the run drew maps. */
  readonly quicklook: Quicklook | null;
}

export interface Quicklook {
  /** Base64 of a WebP. */
  readonly webp: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Cells of the map along a side of one that is drawn; 1: each cell is drawn. */
  readonly cellsPerPixel: number;
  readonly legend: MapLegend;
}

export interface ReportContext extends ReportParts {
  readonly nameOf: (code: number) => ClassName;
}
