/** One round of one contender: a rate or a figure, in the unit of its row. */
export type Contender = () => number | Promise<number>;

/** Whether more or less of the unit is good. */
export type Better = "higher" | "lower";

/** What a suite measures in one case. */
export interface Comparison {
  readonly case: string;
  readonly unit: string;
  readonly better: Better;
  readonly ours: Contender;
  /** By name. A peer that could not be installed is `undefined`, and the table says so. */
  readonly peers: Readonly<Record<string, Contender | undefined>>;
  /** How often each contender runs. Default: 5. */
  readonly rounds?: number;
  /** The wanted ratio against the best peer. */
  readonly target?: number;
}

/** A figure that needs no contest, such as a theoretical value beside ours. */
export interface Figure {
  readonly case: string;
  readonly unit: string;
  readonly better: Better;
  readonly ours: number;
  readonly peers?: Readonly<Record<string, number | undefined>>;
  readonly target?: number;
}

/** One line of the outcome. */
export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly unit: string;
  readonly better: Better;
  readonly ours: number;
  /** `undefined` for a peer that could not be installed or that failed. */
  readonly peers: Readonly<Record<string, number | undefined>>;
  /** Ours against the best peer, above 1 is better for us; `undefined` without a peer. */
  readonly ratio: number | undefined;
  readonly target: number | undefined;
}

/** What a suite gets to work with. */
export interface Bench {
  /** What stood behind the suite's name on the command line. */
  readonly args: readonly string[];
  /**
   * Loads an installed peer: what `import(name)` gives, so a CommonJS package stands under `default`.
   * `undefined`, with a note above the table, when it could not be installed or loaded.
   */
  // biome-ignore lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
  peer<T = any>(name: string): Promise<T | undefined>;
  /** Absolute path of the peers' `node_modules`, for suites that start processes of their own. */
  readonly peersFolder: string;
  /** Runs all contenders interleaved, in an order shuffled anew each round, and reports the medians. */
  compare(comparison: Comparison): Promise<Row>;
  /** Reports a figure that was measured or computed elsewhere. */
  report(figure: Figure): void;
  /** Free text above the table: the machine, remarks. */
  note(text: string): void;
}

/** What a file `bench/NAME.bench.ts` exports. */
export interface Suite {
  /** npm package to exact version; `{}` when there are none. */
  readonly peers: Readonly<Record<string, string>>;
  run(bench: Bench): Promise<void>;
}
