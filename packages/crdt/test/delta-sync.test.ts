import test from "ava";
import fc from "fast-check";
import { createDeltaSync, type DeltaSync, encode, type ORSet, orSet, pnCounter, text } from "../src/index.ts";

const set = orSet(text);
const names = ["a", "b", "c"];

/** A road between replicas that loses, doubles and reorders, as the numbers drawn for each step say. */
class Network {
  readonly nodes: Map<string, DeltaSync<ORSet<string>>>;
  #flying: { from: string; to: string; bytes: Uint8Array }[] = [];

  constructor(deltasMax: number) {
    this.nodes = new Map(names.map((name) => [name, createDeltaSync(set, { incarnation: 1, deltasMax })]));
  }

  offer(from: string): void {
    for (const to of names) {
      const bytes = to === from ? undefined : this.nodes.get(from)!.messageFor(to);
      if (bytes !== undefined) this.#flying.push({ from, to, bytes });
    }
  }

  deliver(n: number, fate: "deliver" | "double" | "lose"): void {
    const at = n % Math.max(1, this.#flying.length);
    const message = this.#flying[at];
    if (message === undefined) return;
    if (fate !== "double") this.#flying.splice(at, 1);
    if (fate === "lose") return;
    const reply = this.nodes.get(message.to)!.receive(message.from, message.bytes);
    if (reply !== undefined) this.#flying.push({ from: message.to, to: message.from, bytes: reply });
  }

  settle(): void {
    for (let round = 0; round < 5; round++) {
      for (const name of names) this.offer(name);
      while (this.#flying.length > 0) this.deliver(0, "deliver");
    }
  }
}

const step = fc.record({
  who: fc.constantFrom(...names),
  n: fc.nat(),
  what: fc.constantFrom("add", "remove", "offer", "deliver", "deliver", "double", "lose"),
});

test("deltas over a faulty network bring all replicas to one state", (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(2, 1024), (script, deltasMax) => {
      const network = new Network(deltasMax);
      for (const { who, n, what } of script) {
        const node = network.nodes.get(who)!;
        const element = "wxyz"[n % 4]!;
        if (what === "add") node.change((state) => set.add(state, who, element));
        else if (what === "remove") node.change((state) => set.remove(state, element));
        else if (what === "offer") network.offer(who);
        else network.deliver(n, what as "deliver" | "double" | "lose");
        t.true(node.buffered <= deltasMax);
      }
      network.settle();
      const all = [...network.nodes.values()];
      for (const node of all) t.deepEqual(encode(set, node.state), encode(set, all[0]!.state));
      // All is acknowledged: nobody has anything to send, nothing is kept.
      for (const [name, node] of network.nodes) {
        t.is(node.buffered, 0);
        for (const peer of names) if (peer !== name) t.is(node.messageFor(peer), undefined);
      }
    }),
    { numRuns: 500 },
  );
});

test("once acknowledged, only what is new is sent", (t) => {
  const [a, b] = [createDeltaSync(set, { incarnation: 1 }), createDeltaSync(set, { incarnation: 1 })];
  for (let i = 0; i < 1000; i++) a.change((state) => set.add(state, "a", `element ${i}`));
  const whole = a.messageFor("b")!;
  a.receive("b", b.receive("a", whole)!);
  t.is(a.messageFor("b"), undefined);
  a.change((state) => set.add(state, "a", "one more"));
  t.true(a.messageFor("b")!.length < 100);
  t.true(whole.length > 10_000);
});

test("acknowledgements of an earlier life are ignored", (t) => {
  const before = createDeltaSync(pnCounter, { incarnation: 1 });
  before.change((state) => pnCounter.increment(state, "a"));
  const peer = createDeltaSync(pnCounter, { incarnation: 1 });
  const late = peer.receive("a", before.messageFor("b")!)!;
  const after = createDeltaSync(pnCounter, { incarnation: 2 }, before.state);
  after.receive("b", late);
  t.not(after.messageFor("b"), undefined, "the state is sent again");
});

test("a peer that comes back without its state gets all of it again, its own part too", (t) => {
  const a = createDeltaSync(pnCounter, { incarnation: 1 });
  const b = createDeltaSync(pnCounter, { incarnation: 1 });
  b.change((state) => pnCounter.increment(state, "b", 3));
  b.receive("a", a.receive("b", b.messageFor("a")!)!);
  a.receive("b", b.receive("a", a.messageFor("b")!)!);
  t.is(a.messageFor("b"), undefined);
  const again = createDeltaSync(pnCounter, { incarnation: 2 });
  again.receive("a", a.receive("b", again.messageFor("a")!)!);
  again.receive("a", a.messageFor("b")!);
  t.is(pnCounter.value(again.state), 3);
});

test("a delta that was meant for an earlier life is not acknowledged by the next one", (t) => {
  const [a, b] = [1, 1].map((incarnation) => createDeltaSync(pnCounter, { incarnation }));
  a!.change((state) => pnCounter.increment(state, "a"));
  a!.receive("b", b!.receive("a", a!.messageFor("b")!)!);
  a!.change((state) => pnCounter.increment(state, "a", 2));
  const again = createDeltaSync(pnCounter, { incarnation: 2 });
  const acknowledgement = again.receive("a", a!.messageFor("b")!);
  t.is(acknowledgement, undefined, "it lacks what the delta goes on from");
  // What it sends first says that it has begun anew.
  a!.receive("b", again.messageFor("a")!);
  again.receive("a", a!.messageFor("b")!);
  t.is(pnCounter.value(again.state), 3);
});

test("bad messages are refused and change nothing", (t) => {
  const a = createDeltaSync(pnCounter, { incarnation: 1, peersMax: 1 });
  a.change((state) => pnCounter.increment(state, "a"));
  const message = a.messageFor("b")!;
  const b = createDeltaSync(pnCounter, { incarnation: 1 });
  for (let bit = 0; bit < 8 * message.length; bit++) {
    const flipped = message.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    t.throws(() => b.receive("a", flipped), { code: "CRDT_CORRUPT_BYTES" });
  }
  t.is(pnCounter.value(b.state), 0);
  const acknowledgement = b.receive("a", message)!;
  a.receive("b", acknowledgement);
  t.throws(() => a.receive("c", acknowledgement), { code: "CRDT_INVALID_ARGUMENT" });
  a.forget("b");
  t.notThrows(() => a.receive("c", acknowledgement));
});
