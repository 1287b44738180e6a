import { seededRandom } from "@coterie/host";
import test from "ava";
import { names, Rounds } from "../../bench/rounds.ts";
import { BroadcastCore, type BroadcastCoreOptions, type TreeMessage } from "../../src/broadcast/core.ts";
import { ringNeighbours } from "../../src/index.ts";

const core = (more: Partial<BroadcastCoreOptions<string>> = {}) =>
  new BroadcastCore<string>({
    id: "a",
    neighbours: ["b", "c", "d"],
    idOf: (item) => item,
    bytesOf: (item) => item.length,
    lazyIntervalMs: 10,
    graftTimeoutMs: 100,
    optimiseHops: 3,
    keepBytesMax: 1_000,
    missingMax: 100,
    rememberMax: 1_000,
    ...more,
  });

const gossip = (item: string, hops = 0): TreeMessage<string> => ({ $case: "gossip", value: { item, hops } });
const iHave = (id: string, hops = 0): TreeMessage<string> => ({ $case: "iHave", value: [{ id, hops }] });
const graft = (id: string): TreeMessage<string> => ({ $case: "graft", value: id });
const prune: TreeMessage<string> = { $case: "prune" };

/** What was sent, as `to kind item`. */
const sent = (node: BroadcastCore<string>) =>
  node.drain().flatMap((effect) => {
    if (effect.type !== "send") return [];
    const { to, message } = effect;
    if (message.$case === "gossip") return [`${to} gossip ${message.value.item}/${message.value.hops}`];
    if (message.$case === "iHave") return [`${to} has ${message.value.map(({ id }) => id).join(" ")}`];
    return [message.$case === "graft" ? `${to} graft ${message.value}` : `${to} prune`];
  });

test("eager links carry, lazy ones announce, and what comes again makes its link lazy", (t) => {
  const node = core();
  node.receive("b", gossip("x"), 0);
  t.deepEqual(sent(node), ["c gossip x/1", "d gossip x/1"]);
  node.receive("c", gossip("x"), 1);
  t.deepEqual(sent(node), ["c prune"]);
  node.receive("d", prune, 1);
  node.tell("y", 2);
  node.tell("z", 3);
  t.deepEqual(sent(node), ["b gossip y/0", "b gossip z/0"]);
  t.is(node.deadline, 12);
  node.advance(12);
  t.deepEqual(sent(node), ["c has y z", "d has y z"]);
  t.is(node.deadline, Number.POSITIVE_INFINITY);
});

test("what was announced and does not come is asked for, from one announcer after the other", (t) => {
  const node = core();
  for (const peer of ["b", "c"]) node.receive(peer, prune, 0);
  node.receive("b", iHave("x"), 0);
  node.receive("c", iHave("x"), 5);
  node.advance(99);
  t.deepEqual(sent(node), []);
  node.advance(100);
  t.deepEqual(sent(node), ["b graft x"]);
  node.advance(200);
  t.deepEqual(sent(node), ["c graft x"]);
  node.advance(300);
  t.deepEqual([sent(node), node.metrics().given_up_total, node.deadline], [[], 1, Number.POSITIVE_INFINITY]);
  t.is(node.metrics().eager, 3);
});

test("what comes in time is not asked for", (t) => {
  const node = core();
  node.receive("b", iHave("x"), 0);
  node.receive("c", gossip("x"), 50);
  node.advance(1_000);
  t.false(sent(node).some((line) => line.includes("graft")));
});

test("a graft makes the link eager and brings the item, as long as it is kept", (t) => {
  const node = core({ keepBytesMax: 2, neighbours: ["b"] });
  node.receive("b", prune, 0);
  for (const item of ["x", "y", "z"]) node.tell(item, 0);
  sent(node);
  node.receive("b", graft("x"), 1);
  t.deepEqual(sent(node), []);
  node.receive("b", graft("z"), 1);
  t.deepEqual(sent(node), ["b gossip z/0"]);
  node.tell("w", 2);
  t.deepEqual(sent(node), ["b gossip w/0"]);
});

test("a way that is shorter by enough hops replaces the one that an item came by", (t) => {
  const node = core();
  node.receive("b", prune, 0);
  node.receive("b", iHave("x", 1), 0);
  node.receive("c", gossip("x", 4), 1);
  t.deepEqual(sent(node), ["d gossip x/5", "b graft ", "c prune"]);
  const other = core();
  other.receive("b", prune, 0);
  other.receive("b", iHave("x", 1), 0);
  other.receive("c", gossip("x", 3), 1);
  t.deepEqual(sent(other), ["d gossip x/4"]);
});

test("links follow the overlay", (t) => {
  let neighbours = ["b", "c"];
  const node = core({ neighbours: () => neighbours });
  node.tell("x", 0);
  node.receive("c", prune, 0);
  neighbours = ["c", "e"];
  sent(node);
  node.tell("y", 1);
  t.deepEqual(sent(node), ["e gossip y/0"]);
  node.receive("stranger", prune, 2);
  node.receive("stranger", graft(""), 2);
  t.deepEqual([node.metrics().eager, node.metrics().lazy], [1, 1]);
});

function cluster(count: number) {
  const ids = names(count);
  let up = ids;
  const cores = new Map(
    ids.map((id) => [id, core({ id, neighbours: () => ringNeighbours(up, id, 2) })] as const),
  );
  const rounds = new Rounds<TreeMessage<string>, BroadcastCore<string>>(cores, seededRandom(1), true);
  let now = 0;
  return {
    cores,
    fail(id: string) {
      cores.delete(id);
      const noticed = (): void => {
        up = up.filter((other) => other !== id);
      };
      return { noticed };
    },
    /** Tells from `id`, and lets time pass. Answers how many heard it and how often it was sent. */
    broadcast(id: string, item: string) {
      const before = payloads(cores);
      cores.get(id)!.tell(item, now);
      rounds.collect(id);
      for (const end = now + 1_000; now < end; now += 10) rounds.round(now);
      const heard = [...cores.values()].filter((node) => node.has(item)).length;
      return { heard, payloads: payloads(cores) - before };
    },
  };
}

const payloads = (cores: ReadonlyMap<string, BroadcastCore<string>>) =>
  [...cores.values()].reduce(
    (sum, node) => sum + node.metrics().heard_total! + node.metrics().repeated_total!,
    0,
  );

test("in steady state every node gets each item once: n - 1 payloads", (t) => {
  const nodes = cluster(200);
  t.is(nodes.broadcast("n0", "first").heard, 200);
  t.true(nodes.broadcast("n0", "second").payloads <= 202);
  t.deepEqual(nodes.broadcast("n0", "third"), { heard: 200, payloads: 199 });
  // From anywhere: the tree is shared.
  t.is(nodes.broadcast("n77", "fourth").heard, 200);
});

test("the tree mends itself when nodes fail, before and after the overlay knows", (t) => {
  const nodes = cluster(200);
  nodes.broadcast("n0", "first");
  nodes.broadcast("n0", "second");
  const failed = ["n3", "n50", "n51", "n120", "n180"].map((id) => nodes.fail(id));
  t.is(nodes.broadcast("n0", "third").heard, 195);
  for (const { noticed } of failed) noticed();
  t.is(nodes.broadcast("n1", "fourth").heard, 195);
  t.is(nodes.broadcast("n0", "fifth").heard, 195);
});
