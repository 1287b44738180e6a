import { type Core, type Effect, type NodeId, type Random, seededRandom } from "@coterie/host";

/**
 * Many pure cores in one virtual time, with nothing between them but delays: no hosts, no promises, no bytes. For what
 * needs thousands of members or hours of time; what needs faults of all kinds runs in a `World`.
 */
export interface CoresOptions<Message, Own> {
  readonly seed: number | string;
  /** Time on the way: at least, and how much more on average. */
  readonly delayMs?: { readonly min: number; readonly mean: number };
  /** Told of what cores ask of their nodes. */
  readonly perform?: (id: NodeId, effect: Own, now: number) => void;
  /** Told of every message that is sent. */
  readonly sent?: (from: NodeId, to: NodeId, message: Message, now: number) => void;
  /** Whether a message is lost. */
  readonly loses?: (from: NodeId, to: NodeId, random: Random) => boolean;
}

interface Node<Message, Own> {
  readonly id: NodeId;
  core: Core<Message, never, Own>;
  /** Counts its lives: what was meant for an earlier one is dropped. */
  life: number;
  up: boolean;
  /** Until when it does not run: what comes waits. */
  pausedUntil: number;
  held: { readonly from: NodeId; readonly message: Message }[];
  /** Until when nothing it sends leaves and nothing it is sent arrives, though it runs. */
  blockedUntil: number;
  armedFor: number;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

export class Cores<Message, Own extends { readonly type: string }> {
  now = 0;
  /** Messages sent so far. */
  messages = 0;
  readonly random: Random;
  readonly #options: CoresOptions<Message, Own>;
  readonly #nodes = new Map<NodeId, Node<Message, Own>>();
  readonly #events: Event[] = [];
  #order = 0;

  constructor(options: CoresOptions<Message, Own>) {
    this.#options = options;
    this.random = seededRandom(options.seed);
  }

  get ids(): readonly NodeId[] {
    return [...this.#nodes.keys()];
  }

  /** Starts a core, as the next life of that node. */
  start(id: NodeId, make: (now: number) => Core<Message, never, Own>): void {
    const life = (this.#nodes.get(id)?.life ?? 0) + 1;
    const core = make(this.now);
    const node = {
      id,
      core,
      life,
      up: true,
      pausedUntil: 0,
      held: [],
      blockedUntil: 0,
      armedFor: Number.POSITIVE_INFINITY,
    };
    this.#nodes.set(id, node);
    this.#pump(node);
  }

  stop(id: NodeId): void {
    this.#node(id).up = false;
  }

  isUp(id: NodeId): boolean {
    return this.#nodes.get(id)?.up ?? false;
  }

  core(id: NodeId): Core<Message, never, Own> {
    return this.#node(id).core;
  }

  /** The node does not run for that long; then it hears what it missed before it notices the time. */
  pause(id: NodeId, forMs: number): void {
    const node = this.#node(id);
    node.pausedUntil = this.now + forMs;
    const { life } = node;
    this.at(node.pausedUntil, () => {
      if (node.life === life) this.#resume(node);
    });
  }

  /**
   * Nothing that the node sends leaves for that long, and nothing that it is sent arrives, but its time goes on: the
   * slow member of Lifeguard's experiments (§V-A).
   */
  block(id: NodeId, forMs: number): void {
    const node = this.#node(id);
    node.blockedUntil = this.now + forMs;
    const { life } = node;
    this.at(node.blockedUntil, () => {
      if (node.life === life) this.#resume(node);
    });
  }

  /** Does something with a core; what it wants done then is done. */
  touch(id: NodeId): void {
    this.#pump(this.#node(id));
  }

  at(at: number, act: () => void): void {
    this.#push({ at, order: this.#order++, act });
  }

  run(untilMs: number, stop?: () => boolean): void {
    while (!stop?.()) {
      const event = this.#events[0];
      if (event === undefined || event.at > untilMs) break;
      this.#pop();
      this.now = event.at;
      event.act();
    }
    if (!stop?.()) this.now = Math.max(this.now, untilMs);
  }

  until(condition: () => boolean, withinMs: number): boolean {
    this.run(this.now + withinMs, condition);
    return condition();
  }

  #node(id: NodeId): Node<Message, Own> {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new RangeError(`there is no core ${id}`);
    return node;
  }

  #resume(node: Node<Message, Own>): void {
    if (Math.max(node.pausedUntil, node.blockedUntil) > this.now || !node.up) return;
    const { held } = node;
    node.held = [];
    for (const { from, message } of held) node.core.receive(from, message, this.now);
    if (this.now >= node.core.deadline) node.core.advance(this.now);
    this.#pump(node);
  }

  #deliver(node: Node<Message, Own>, from: NodeId, message: Message): void {
    if (!node.up) return;
    if (Math.max(node.pausedUntil, node.blockedUntil) > this.now)
      return void node.held.push({ from, message });
    node.core.receive(from, message, this.now);
    this.#pump(node);
  }

  #pump(node: Node<Message, Own>): void {
    for (const effect of node.core.drain()) this.#carryOut(node, effect);
    const { deadline } = node.core;
    if (deadline >= node.armedFor || deadline === Number.POSITIVE_INFINITY) return;
    node.armedFor = deadline;
    const { life } = node;
    this.at(Math.max(deadline, this.now), () => {
      if (!node.up || node.life !== life || node.armedFor !== deadline) return;
      node.armedFor = Number.POSITIVE_INFINITY;
      if (node.pausedUntil > this.now) return;
      node.core.advance(this.now);
      this.#pump(node);
    });
  }

  #carryOut(node: Node<Message, Own>, effect: Effect<Message, never, Own>): void {
    if (effect.type !== "send") return this.#options.perform?.(node.id, effect as Own, this.now);
    const { to, message } = effect as { readonly to: NodeId; readonly message: Message };
    this.messages++;
    this.#options.sent?.(node.id, to, message, this.now);
    const { delayMs = { min: 0.2, mean: 0.3 }, loses } = this.#options;
    if (loses?.(node.id, to, this.random)) return;
    const leaves = Math.max(this.now, node.blockedUntil);
    const at = leaves + delayMs.min - delayMs.mean * Math.log(1 - this.random.float());
    this.at(at, () => {
      const target = this.#nodes.get(to);
      if (target !== undefined) this.#deliver(target, node.id, message);
    });
  }

  // --- A binary heap, the earliest first ---------------------------------------------------------------------------

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
