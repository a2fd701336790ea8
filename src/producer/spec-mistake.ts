/** A mistake at a path of the spec; the line is added by who has the text. */
export interface SpecMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
}
