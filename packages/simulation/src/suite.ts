import type { Host, NodeId, Random, Wait } from "@coterie/host";
import type { FaultKind } from "./plan/plan.ts";

/** One call of a client, as it saw it. The shape that `@coterie/checker` judges. */
export interface Operation<Call = unknown> {
  /** A sequential client. One that gave a call up goes on under another name. */
  readonly process: string;
  readonly input: Call;
  /** Virtual milliseconds. */
  readonly invokedAt: number;
  readonly completedAt?: number | undefined;
  /** `ok`: answered. `failed`: certainly without effect. `unknown`: may take effect at any time, or never. */
  readonly outcome: "ok" | "failed" | "unknown";
  readonly output?: unknown;
}

/** What clients ask of a cluster, and what they may see. */
export interface Workload<Node, Call> {
  /** Draws one call. Plain JSON: it is saved with the plan. */
  readonly draw: (random: Random, about: { readonly client: number; readonly index: number }) => Call;
  /** Makes the call at a node. */
  readonly perform: (node: Node, call: Call, wait: Wait) => unknown;
  /** Whether an error says that the call certainly had no effect. Default: never. */
  readonly hadNoEffect?: (error: unknown) => boolean;
  /** Looks at the whole history; answers what is wrong with it, or undefined. */
  readonly judge?: (history: readonly Operation<Call>[]) => string | undefined;
  /** The call that must succeed once a quorum of the cluster is healthy again. Default: a drawn one. */
  readonly probe?: Call;
}

/** Something that must hold after every event, whatever the faults. */
export interface Invariant<Node> {
  readonly name: string;
  /** Called after each event of a node. Answers what is wrong, or undefined. Keep it cheap: look at changes only. */
  readonly check: (node: Node, id: NodeId) => string | undefined;
}

/** What was drawn for a world, by name. */
export type Settings = Readonly<Record<string, number | string | boolean>>;

/** A protocol as the simulator tries it: how a node starts, what clients do, what must hold. */
export interface Suite<Node, Call = unknown> {
  readonly name: string;
  /** Cluster sizes to draw from. */
  readonly nodes: number | readonly number[];
  /** Starts a node: on an empty disk at first, on what is left of it after each crash. */
  readonly node: (host: Host, nodes: readonly NodeId[], settings: Settings) => Node | Promise<Node>;
  /**
   * What differs from world to world beside faults: each world draws one value of each, and `node` is told. The first
   * one is what a failing plan is shrunk to.
   */
  readonly settings?: Readonly<Record<string, readonly Settings[string][]>>;
  readonly workload: Workload<Node, Call>;
  /** Makes the invariants of one world; they may remember what they saw. */
  readonly invariants?: () => readonly Invariant<Node>[];
  /**
   * What may go wrong: `everything` that a protocol with a disk must bear (the default), `nothing`, or a list. Bit
   * rot and wiped disks are only in a list: few protocols bear them.
   */
  readonly faults?: "everything" | "nothing" | readonly FaultKind[];
  /**
   * Whether a node is right to stop of itself with this error. Default: never, unless its disk has failed it.
   */
  readonly mayStop?: (error: unknown, id: NodeId) => boolean;
  /** Whether the nodes agree, once a core of the cluster is healthy; asked until it says yes. */
  readonly converged?: (nodes: readonly Node[]) => boolean;
  /**
   * Whether much hangs on a node at present: a leader, a coordinator. Half of the faults that hit one node then hit
   * such a one, whoever that is when the fault comes.
   */
  readonly isChief?: (node: Node) => boolean;
  /** Faults come this many times as often. Default: 1, which is some dozens in a world. */
  readonly intensity?: number;
  /** Virtual time in which things go wrong. Default: 20,000 ms. */
  readonly durationMs?: number;
  /**
   * Who becomes healthy at the end: a majority of the nodes (the default), or all, for protocols in which other nodes
   * than those of any majority may be needed.
   */
  readonly heals?: "majority" | "all";
  /** Virtual time in which a healthy core must make progress. Default: 30,000 ms. */
  readonly livenessMs?: number;
  /** How long a client waits for an answer. Default: 5,000 ms. */
  readonly callTimeoutMs?: number;
  /** Calls of all clients together. Default: 200. */
  readonly calls?: number;
  /** How a message reads in the trace. Default: its JSON. */
  readonly describe?: (channel: string, message: unknown) => string;
}
