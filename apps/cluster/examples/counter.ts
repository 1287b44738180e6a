// A replicated counter: three members of one Raft group, here in one process so that one command shows it all.
//
//   node --conditions=@coterie/source apps/cluster/examples/counter.ts
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host } from "@coterie/host";
import { createRaft } from "@coterie/raft";
import { json, type StateMachine } from "@coterie/state-machine";

interface Add {
  readonly add: number;
}

interface Total {
  readonly total: true;
}

/** What every member applies the same commands to. */
class Counter implements StateMachine<Add, number, Total, number> {
  readonly commands = json<Add>();
  readonly results = json<number>();
  readonly #state = json<number>();
  #total = 0;

  apply({ add }: Add): number {
    this.#total += add;
    return this.#total;
  }

  query(_query: Total): number {
    return this.#total;
  }

  snapshot(): Iterable<Uint8Array> {
    return [this.#state.encode(this.#total)];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    this.#total = this.#state.decode(Buffer.concat(parts));
  }
}

const voters = ["a", "b", "c"];
const data = await mkdtemp(join(tmpdir(), "counter-"));
{
  await using running = new AsyncDisposableStack();

  // On one machine, free ports will do. Elsewhere `peers` of createHost says where the others listen.
  const hosts = await Promise.all(
    voters.map((id) => createHost({ id, listen: "tcp://127.0.0.1:*", directory: join(data, id) })),
  );
  for (const host of hosts) {
    running.use(host);
    for (const peer of hosts) if (peer !== host) host.transport.connect(peer.id, peer.transport.address);
  }

  const start = (host: Host) => createRaft(host, { group: "counter", voters, stateMachine: new Counter() });
  const [a, b, c] = await Promise.all([start(hosts[0]!), start(hosts[1]!), start(hosts[2]!)]);
  for (const counter of [a, b, c]) running.use(counter);

  await a.propose({ add: 1 }); // resolves once a majority has it on disk
  console.log("b answers", await b.propose({ add: 41 }));
  console.log("c reads", await c.read({ total: true })); // linearizable, from any member
}
await rm(data, { recursive: true });
