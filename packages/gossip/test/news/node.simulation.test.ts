import { jsonCodec, World } from "@coterie/simulation";
import type { Codec } from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { createBroadcast, createFlooding, createRumors, type News, ringNeighbours } from "../../src/index.ts";

const codec = jsonCodec<string>();

type Create = (host: Parameters<typeof createRumors>[0], nodes: readonly string[]) => News<string>;

const kinds: Readonly<Record<string, Create>> = {
  rumors: (host, peers) => createRumors(host, { peers, codec, periodMs: 50, k: 6 }),
  flooding: (host, nodes) =>
    createFlooding(host, { neighbours: () => ringNeighbours(nodes, host.id), codec }),
  broadcast: (host, nodes) =>
    createBroadcast(host, { neighbours: () => ringNeighbours(nodes, host.id, 2), codec }),
};

interface Member {
  readonly news: News<string>;
  readonly heard: string[];
}

function world(kind: string, network = {}): World<Member> {
  return new World<Member>({
    seed: 3,
    nodes: 12,
    network,
    start: (host, nodes) => {
      const news = kinds[kind]!(host, nodes);
      const heard: string[] = [];
      news.receive((message) => heard.push(message));
      return { news, heard };
    },
  });
}

for (const kind of Object.keys(kinds)) {
  test(`${kind}: everybody hears each message once, over a network that repeats and reorders`, async (t) => {
    const w = world(kind, { duplicate: 0.3, reorder: 0.3 });
    await w.run(10);
    w.on("n1", ({ news }) => void news.tell("one"));
    w.on("n7", ({ news }) => void news.tell("two"));
    await w.runFor(20_000);
    for (const id of w.ids) {
      const heard = w.node(id)!.heard.toSorted();
      t.deepEqual(heard, id === "n1" ? ["two"] : id === "n7" ? ["one"] : ["one", "two"], id);
    }
    t.deepEqual(w.failures, []);
  });

  test(`${kind}: what is too long, or told after the end, is refused`, async (t) => {
    const w = world(kind);
    await w.run(10);
    const errors: unknown[] = [];
    w.on("n1", ({ news }) => {
      errors.push(codeOf(() => news.tell("x".repeat(2 ** 20))));
      void news[Symbol.asyncDispose]();
      errors.push(codeOf(() => news.tell("late")));
    });
    await w.runFor(1_000);
    t.deepEqual(errors, ["GOSSIP_MESSAGE_TOO_LARGE", "GOSSIP_STOPPED"]);
    t.deepEqual(w.failures, []);
  });

  test(`${kind}: garbled messages are dropped, and everybody goes on`, async (t) => {
    await garble(t, kind);
  });
}

const raw: Codec<Uint8Array> = {
  encode: (bytes, writer) => writer!.raw(bytes),
  decode: () => new Uint8Array(0),
};

async function garble(t: ExecutionContext, kind: string): Promise<void> {
  const malformed: (() => number)[] = [];
  const w = new World<Member | { garble(): void }>({
    seed: 5,
    nodes: 4,
    start: (host, nodes) => {
      if (host.id === "n4") {
        const channel = host.transport.open(`gossip:${kind}`, raw);
        const noise = host.random.fork("noise");
        return {
          garble() {
            for (let i = 0; i < 200; i++) {
              const bytes = Uint8Array.from({ length: noise.between(0, 60) }, () => noise.between(0, 255));
              // Now and then the beginning is right.
              if (i % 3 === 0 && bytes.length > 4) bytes.set([0x0a, bytes.length - 2, 0x0a, 3]);
              channel.send(nodes[i % 3]!, bytes);
            }
          },
        };
      }
      malformed.push(() => host.transport.metrics().droppedMalformed!);
      const news = kinds[kind]!(host, nodes);
      const heard: string[] = [];
      news.receive((message) => heard.push(message));
      return { news, heard };
    },
  });
  await w.run(10);
  w.on("n4", (node) => (node as { garble(): void }).garble());
  await w.runFor(1_000);
  w.on("n1", (node) => void (node as Member).news.tell("still here"));
  await w.runFor(20_000);
  for (const id of ["n2", "n3"]) t.true((w.node(id) as Member).heard.includes("still here"), id);
  for (const count of malformed) t.true(count() > 20, `${count()}`);
  t.deepEqual(w.failures, []);
}

function codeOf(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

test("options out of range are refused", async (t) => {
  const peers = ["a"];
  const wrong: readonly Create[] = [
    (host) => createRumors(host, { peers, codec, k: 0.5 }),
    (host) => createRumors(host, { peers, codec, loss: "counter", k: 1.5 }),
    (host) => createRumors(host, { peers, codec, name: "a b" }),
    (host) => createRumors(host, { peers, codec, periodMs: 0 }),
    (host) => createFlooding(host, { neighbours: peers, codec, forwarding: { probability: 2 } }),
    (host) => createFlooding(host, { neighbours: peers, codec, forwarding: { byDegree: 0 } }),
    (host) => createBroadcast(host, { neighbours: peers, codec, graftTimeoutMs: Number.NaN }),
  ];
  for (const create of wrong) {
    const w = new World({ seed: 1, nodes: 1, start: create });
    await w.run(100);
    t.is((w.failures[0]?.error as { code?: string })?.code, "GOSSIP_OPTION");
  }
});
