/** Sets of whole numbers that are joined step by step; the least member stands for its set. Grows as numbers come. */
export class DisjointSets {
  /** Numbers in the sets: 0 to before `count`. */
  count = 0;
  private parents: Int32Array;

  constructor(capacity = 1024) {
    this.parents = new Int32Array(Math.max(1, capacity));
  }

  /** A new number, alone in its set. */
  add(): number {
    if (this.count === this.parents.length) {
      const wider = new Int32Array(this.parents.length * 2);
      wider.set(this.parents);
      this.parents = wider;
    }
    this.parents[this.count] = this.count;
    return this.count++;
  }

  /** Least member of the set of `member`. */
  find(member: number): number {
    const { parents } = this;
    let root = member;
    while (parents[root]! !== root) root = parents[root]!;
    // Every number on the way points to the root from now on.
    for (let at = member; at !== root; ) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  /** Joins the sets of two members; answers the least member of both. */
  join(a: number, b: number): number {
    const first = this.find(a);
    const second = this.find(b);
    if (first === second) return first;
    const [root, child] = first < second ? [first, second] : [second, first];
    this.parents[child] = root;
    return root;
  }
}
