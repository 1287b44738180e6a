// A host of many groups, a process of its own. Its parent tells it what to do.
import { createHost, type Host } from "@coterie/host";
import { bytes, type StateMachine } from "@coterie/state-machine";
import { createRaft, createRaftGroups, type Raft, type RaftGroups } from "../src/index.ts";
import { type Figures, load } from "./load.ts";
import { serve } from "./orders.ts";

/** What the parent asks for; each is answered by one message. */
export type Order =
  | { readonly do: "start"; readonly id: string; readonly directory: string; readonly quiesce: boolean }
  | { readonly do: "connect"; readonly peers: Readonly<Record<string, string>> }
  | {
      readonly do: "open";
      readonly voters: readonly string[];
      readonly count: number;
    }
  | { readonly do: "sample"; readonly collect: boolean }
  | { readonly do: "count followers"; readonly of: string }
  | { readonly do: "load"; readonly groups: number; readonly clients: number; readonly durationMs: number };

export interface Sample {
  readonly cpuMs: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly leading: number;
  readonly quiet: number;
  readonly messages: number;
  readonly batches: number;
  readonly sentBytes: number;
  readonly syncs: number;
}

export type Answer =
  | { readonly address: string }
  | { readonly ms: number }
  | Sample
  | Figures
  | number
  | null;

type Member = Raft<Uint8Array, Uint8Array, null, null>;

/** Counts, and keeps nothing: what is measured is Raft. */
class Sink implements StateMachine<Uint8Array, Uint8Array, null, null> {
  readonly commands = bytes;
  readonly results = bytes;
  apply(): Uint8Array {
    return none;
  }
  query(): null {
    return null;
  }
  snapshot(): Iterable<Uint8Array> {
    return [none];
  }
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const _ of chunks);
  }
}

const none = new Uint8Array();
const command = new Uint8Array(100).fill(7);

let host: Host;
let groups: RaftGroups;
let single: Member | undefined;
const members: Member[] = [];
/** How many groups follow whom here; asked of the events, because asking ten thousand groups takes its time. */
const followers = new Map<string | null, number>();

async function start({ id, directory, quiesce }: Extract<Order, { do: "start" }>): Promise<Answer> {
  host = await createHost({ id, listen: "tcp://127.0.0.1:*", directory });
  host.failed.addEventListener("abort", () => {
    console.error(host.failed.reason);
    process.exit(1);
  });
  groups = await createRaftGroups(host, quiesce ? {} : { quiesceAfterMs: Number.POSITIVE_INFINITY });
  return { address: host.transport.address };
}

function countFollowers(member: Member): void {
  let { leader } = member.status();
  const count = (by: number): void => void followers.set(leader, (followers.get(leader) ?? 0) + by);
  count(1);
  member.on("role", (changed) => {
    count(-1);
    leader = changed.leader;
    count(1);
  });
}

async function open({ voters, count }: Extract<Order, { do: "open" }>): Promise<Answer> {
  const options = { voters, stateMachine: new Sink(), timeoutMs: 60_000 };
  const began = performance.now();
  const opening = Array.from({ length: count }, (_, i) => groups.open(`group-${i}`, options));
  members.push(...(await Promise.all(opening)));
  for (const member of members) countFollowers(member);
  const ms = performance.now() - began;
  single = await createRaft(host, { ...options, priorities: { a: 1 }, group: "single" });
  return { ms };
}

function sample({ collect }: Extract<Order, { do: "sample" }>): Answer {
  if (collect) globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed, external, rss } = process.memoryUsage();
  const metrics = groups.metrics();
  return {
    cpuMs: (user + system) / 1_000,
    heapBytes: heapUsed + external,
    residentBytes: rss,
    leading: metrics.groups_leading!,
    quiet: metrics.groups_quiet!,
    messages: metrics.messages_sent_total!,
    batches: metrics.batches_sent_total!,
    sentBytes: host.transport.metrics().bytesSent!,
    syncs: metrics.journal_syncs_total!,
  };
}

function run(order: Extract<Order, { do: "load" }>): Promise<Figures> {
  const led = members.filter((member) => member.status().role === "leader");
  const targets = order.groups === 0 ? [single!] : led.slice(0, order.groups);
  return load(order.clients, order.durationMs, (n) => targets[n % targets.length]!.propose(command));
}

async function obey(order: Order): Promise<Answer> {
  switch (order.do) {
    case "start":
      return start(order);
    case "connect":
      for (const [peer, address] of Object.entries(order.peers))
        if (peer !== host.id) host.transport.connect(peer, address);
      return null;
    case "open":
      return open(order);
    case "sample":
      return sample(order);
    case "count followers":
      return (followers.get(order.of) ?? 0) + (followers.get(null) ?? 0);
    case "load":
      return run(order);
  }
}

serve(obey);
