/** @pure A set of class codes for loops over cells: small codes are looked up in a table, which is faster than in a Set. */
export class CodeSet {
  private readonly table = new Uint8Array(1024);
  private readonly others: ReadonlySet<number>;

  constructor(codes: Iterable<number>) {
    const all = [...codes];
    this.others = new Set(all);
    for (const code of all) if (this.isSmall(code)) this.table[code] = 1;
  }

  has(code: number): boolean {
    return this.isSmall(code) ? this.table[code] === 1 : this.others.has(code);
  }

  private isSmall(code: number): boolean {
    return code >= 0 && code < this.table.length;
  }
}
