import type { Bench, Comparison, Contender, Figure, Row } from "./bench.ts";
import type { Output } from "./output.ts";
import type { InstalledPeers } from "./peers.ts";
import { median, ratioToBest, shuffled } from "./statistics.ts";

/** One suite's run: measures what the suite asks for and hands every row to the output. */
export class Session implements Bench {
  readonly args: readonly string[];
  readonly #suite: string;
  readonly #peers: InstalledPeers;
  readonly #output: Output;

  constructor(suite: string, args: readonly string[], peers: InstalledPeers, output: Output) {
    this.#suite = suite;
    this.args = args;
    this.#peers = peers;
    this.#output = output;
  }

  get peersFolder(): string {
    return this.#peers.folder;
  }

  // biome-ignore lint/suspicious/noExplicitAny: see Bench.peer.
  async peer<T = any>(name: string): Promise<T | undefined> {
    const reason = this.#peers.missing.get(name);
    if (reason !== undefined) {
      this.note(`${name} could not be installed: ${reason}`);
      return undefined;
    }
    try {
      return (await this.#peers.load(name)) as T;
    } catch (error) {
      this.note(`${name} could not be loaded: ${(error as Error).message.split("\n")[0]}`);
      return undefined;
    }
  }

  async compare(comparison: Comparison): Promise<Row> {
    const rounds = comparison.rounds ?? 5;
    const contenders = new Map<string | null, Contender>([[null, comparison.ours]]);
    for (const [name, contender] of Object.entries(comparison.peers))
      if (contender) contenders.set(name, contender);
    const figures = new Map<string | null, number[]>();
    const progress = this.#output.progress(comparison.case, rounds * contenders.size);
    for (let round = 0; round < rounds; round++) {
      for (const name of shuffled([...contenders.keys()])) {
        const figure = await this.#measure(name, contenders);
        if (figure !== undefined) figures.set(name, [...(figures.get(name) ?? []), figure]);
        progress.step();
      }
    }
    progress.stop();
    const peers = Object.keys(comparison.peers).map((name) => {
      const measured = contenders.has(name) ? figures.get(name) : undefined;
      return [name, measured && median(measured)] as const;
    });
    return this.#row({
      ...comparison,
      ours: median(figures.get(null)!),
      peers: Object.fromEntries(peers),
    });
  }

  report(figure: Figure): void {
    this.#row(figure);
  }

  note(text: string): void {
    this.#output.note(text);
  }

  /** A peer that fails leaves the contest, with a note; our own failure ends the run. */
  async #measure(
    name: string | null,
    contenders: Map<string | null, Contender>,
  ): Promise<number | undefined> {
    const contender = contenders.get(name);
    try {
      return await contender?.();
    } catch (error) {
      if (name === null) throw error;
      contenders.delete(name);
      this.note(`${name} failed: ${(error as Error).message}`);
      return undefined;
    }
  }

  #row(figure: Figure): Row {
    const { case: name, unit, better, ours, peers = {}, target } = figure;
    const ratio = ratioToBest(ours, peers, better);
    const row: Row = { suite: this.#suite, case: name, unit, better, ours, peers, ratio, target };
    this.#output.row(row);
    return row;
  }
}
