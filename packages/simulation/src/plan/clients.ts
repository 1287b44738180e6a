import type { NodeId } from "@coterie/host";
import type { Operation, Workload } from "../suite.ts";
import { hashText } from "../time/digest.ts";
import type { World } from "../world/world.ts";
import type { Step } from "./plan.ts";

/** A call under way. */
interface Pending<Call> {
  readonly index: number;
  readonly call: Call;
  open: boolean;
}

/** A sequential client: one call at a time, the next ones wait. */
interface Client<Call> {
  readonly number: number;
  /** Counts the calls that it gave up: after each it is another process, since the old one's call may yet happen. */
  lives: number;
  readonly queue: { readonly node: NodeId; readonly call: Call }[];
  pending: Pending<Call> | undefined;
}

/** Makes the calls of a plan and writes down what their clients see. */
export class Clients<Node, Call> {
  readonly history: Operation<Call>[] = [];
  readonly #world: World<Node>;
  readonly #workload: Workload<Node, Call>;
  readonly #timeoutMs: number;
  readonly #clients = new Map<number, Client<Call>>();
  readonly #answered = new Set<number>();

  constructor(world: World<Node>, workload: Workload<Node, Call>, timeoutMs: number) {
    this.#world = world;
    this.#workload = workload;
    this.#timeoutMs = timeoutMs;
  }

  plan(step: Extract<Step<Call>, { do: "call" }>, salt: number): void {
    this.#world.at(step.atMs, () => this.call(step.client, step.node, step.call), salt);
  }

  /** Calls now, or once the client's earlier calls have ended. */
  call(number: number, node: NodeId, call: Call): void {
    let client = this.#clients.get(number);
    if (client === undefined) {
      client = { number, lives: 0, queue: [], pending: undefined };
      this.#clients.set(number, client);
    }
    client.queue.push({ node, call });
    this.#next(client);
  }

  /** Whether any call of a client was answered. */
  succeeded(number: number): boolean {
    return this.#answered.has(number);
  }

  #next(client: Client<Call>): void {
    while (client.pending === undefined) {
      const next = client.queue.shift();
      if (next === undefined) return;
      // A connection that is refused is no call.
      if (this.#world.node(next.node) !== undefined) this.#invoke(client, next.node, next.call);
    }
  }

  #invoke(client: Client<Call>, node: NodeId, call: Call): void {
    const world = this.#world;
    const process = `${client.number}.${client.lives}`;
    const index = this.history.push({ process, input: call, invokedAt: world.now, outcome: "unknown" }) - 1;
    const pending: Pending<Call> = { index, call, open: true };
    client.pending = pending;
    world.trace?.add({ what: "invoked", node, text: `client ${process}: ${JSON.stringify(call)}` });
    const life = world.lifeOf(node);
    const end = (outcome: Operation["outcome"], output?: unknown): void => {
      if (!pending.open || (outcome !== "unknown" && !(world.isUp(node) && world.lifeOf(node) === life)))
        return;
      this.#end(client, pending, node, outcome, output);
    };
    world.on(
      node,
      (running) => void this.#perform(running, call, end),
      "client",
      hashText(JSON.stringify(call)),
    );
    world.at(world.now + this.#timeoutMs, () => end("unknown"));
  }

  async #perform(
    node: Node,
    call: Call,
    end: (outcome: Operation["outcome"], output?: unknown) => void,
  ): Promise<void> {
    try {
      end("ok", await this.#workload.perform(node, call, { timeoutMs: this.#timeoutMs }));
    } catch (error) {
      end(this.#workload.hadNoEffect?.(error) ? "failed" : "unknown", String(error));
    }
  }

  #end(
    client: Client<Call>,
    pending: Pending<Call>,
    node: NodeId,
    outcome: Operation["outcome"],
    output: unknown,
  ): void {
    const world = this.#world;
    pending.open = false;
    client.pending = undefined;
    const { process, input, invokedAt } = this.history[pending.index]!;
    const seen = outcome === "ok" ? { output } : {};
    this.history[pending.index] = { process, input, invokedAt, completedAt: world.now, outcome, ...seen };
    world.mix(`${outcome} ${JSON.stringify(output)}`);
    world.trace?.add({
      what: "answered",
      node,
      text: `client ${process}: ${outcome} ${JSON.stringify(output) ?? ""}`,
    });
    if (outcome === "ok") this.#answered.add(client.number);
    if (outcome === "unknown") client.lives++;
    // Not within this event: a client needs a moment to ask again.
    if (client.queue.length > 0) world.at(world.now, () => this.#next(client));
  }
}
