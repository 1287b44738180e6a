// One member of the measured group, or a client of it: a process of its own. Its parent tells it what to do.
import { createHost } from "@coterie/host";
import { bytes, type StateMachine } from "@coterie/state-machine";
import { createRpc, type Method } from "@coterie/transport";
import { Proposal } from "../src/gen/raft.ts";
import { createRaft, type Raft } from "../src/index.ts";
import { type Figures, load } from "./load.ts";
import { serve } from "./orders.ts";

/** What the parent asks for; each is answered by one message. */
export type Order =
  | {
      readonly do: "start";
      readonly id: string;
      readonly voters: readonly string[];
      readonly directory: string;
      readonly member: boolean;
    }
  | { readonly do: "connect"; readonly peers: Readonly<Record<string, string>> }
  | { readonly do: "status" }
  | { readonly do: "usage" }
  | {
      readonly do: "load";
      readonly kind: "write" | "read";
      readonly clients: number;
      readonly durationMs: number;
      readonly at?: string;
    };

/** What a process has used since it began. */
export interface Usage {
  /** Processor time of all its threads. */
  readonly processorMs: number;
  /** Frames that it has handed to ZeroMQ. */
  readonly frames: number;
}

export type Answer =
  | { readonly address: string }
  | { readonly leader: string | null }
  | Usage
  | Figures
  | null;

const keyBytes = 8;
const valueBytes = 100;

/** Keys and values as bytes, as etcd has them. */
class Store implements StateMachine<Uint8Array, Uint8Array, string, Uint8Array | undefined> {
  readonly commands = bytes;
  readonly results = bytes;
  readonly #values: Map<string, Uint8Array> = new Map();
  apply(command: Uint8Array): Uint8Array {
    this.#values.set(Buffer.from(command.buffer, command.byteOffset, keyBytes).toString("latin1"), command);
    return none;
  }
  query(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }
  *snapshot(): Iterable<Uint8Array> {
    yield* [...this.#values.values()];
  }
  async restore(): Promise<void> {}
}

const none = new Uint8Array();
const write: Method<Proposal, Proposal> = { name: "write", request: Proposal, response: Proposal };
const read: Method<Proposal, Proposal> = { name: "read", request: Proposal, response: Proposal };

type Host = Awaited<ReturnType<typeof createHost>>;

function command(n: number): Uint8Array {
  const made = new Uint8Array(keyBytes + valueBytes);
  made.set(Buffer.from(key(n), "latin1"));
  return made;
}

function key(n: number): string {
  return String(n % 10_000).padStart(keyBytes, "0");
}

let host: Host;
let raft: Raft<Uint8Array, Uint8Array, string, Uint8Array | undefined> | undefined;
let rpc: ReturnType<typeof createRpc>;

async function start(order: Extract<Order, { do: "start" }>): Promise<Answer> {
  const { id, voters, directory } = order;
  host = await createHost({ id, listen: "tcp://127.0.0.1:*", directory });
  host.failed.addEventListener("abort", () => {
    console.error(host.failed.reason);
    process.exit(1);
  });
  rpc = createRpc(host);
  if (order.member) {
    const member = await createRaft(host, {
      group: "bench",
      voters,
      stateMachine: new Store(),
      timeoutMs: 60_000,
    });
    raft = member;
    rpc.serve(write, async ({ id: n, data }) => ({ id: n, data: await member.propose(data) }));
    rpc.serve(read, async ({ id: n }) => ({ id: n, data: (await member.read(key(n))) ?? none }));
  }
  return { address: host.transport.address };
}

function run({ kind, clients, durationMs, at }: Extract<Order, { do: "load" }>): Promise<Figures> {
  if (at !== undefined) {
    const method = kind === "write" ? write : read;
    return load(clients, durationMs, (n) =>
      rpc.call(at, method, { id: n, data: kind === "write" ? command(n) : none }, { timeoutMs: 60_000 }),
    );
  }
  const member = raft!;
  return load(clients, durationMs, (n) =>
    kind === "write" ? member.propose(command(n)) : member.read(key(n)),
  );
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { processorMs: (user + system) / 1_000, frames: host.transport.metrics().framesSent ?? 0 };
}

async function obey(order: Order): Promise<Answer> {
  switch (order.do) {
    case "start":
      return start(order);
    case "connect":
      for (const [peer, address] of Object.entries(order.peers))
        if (peer !== host.id) host.transport.connect(peer, address);
      return null;
    case "status":
      return { leader: raft?.status().leader ?? null };
    case "usage":
      return usage();
    case "load":
      return run(order);
  }
}

serve(obey);
