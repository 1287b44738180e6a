// A member in a process of its own: told what to do by messages of its parent, which it tells what it sees.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel, Host, NodeId, Transport } from "@coterie/host";
import { createHost } from "@coterie/host";
import { createMembership } from "../../src/index.ts";

const [id, seed] = process.argv.slice(2) as [string, string | undefined];
const directory = await mkdtemp(join(tmpdir(), `coterie-${id}-`));
const host = await createHost({ id, listen: "tcp://127.0.0.1:*", directory });
/** Whom this member can no longer send to, though it hears them. */
const cut = new Set<NodeId>();
const members = createMembership(cuttable(host), {
  seeds: seed ? [seed] : [],
  preset: "local",
  // Where many processes share a core members come back from the dead often: that is not what is tested here.
  settings: { flapsMax: 1_000 },
});
members.on("failed", (member) => process.send?.({ failed: member.id }));

process.on("message", (asked: { readonly cut?: NodeId; readonly mend?: true; readonly leave?: true }) => {
  if (asked.cut) cut.add(asked.cut);
  if (asked.mend) cut.clear();
  if (asked.leave) void leave();
});
process.on("disconnect", () => process.exit());
process.on("exit", () => void rm(directory, { recursive: true, force: true }));
process.send?.({ address: host.transport.address });
setInterval(() => {
  const states = Object.fromEntries(members.members().map((member) => [member.id, member.state]));
  process.send?.({ states, asked: members.metrics().indirect_probes_total });
}, 100);

/** Closing the host lets what was said go out before the process ends. */
async function leave(): Promise<void> {
  await members.leave({ timeoutMs: 60_000 });
  await host[Symbol.asyncDispose]();
  process.exit();
}

function cuttable(whole: Host): Host {
  const { transport } = whole;
  const road: Transport = {
    id: transport.id,
    address: transport.address,
    connect: (peer, address) => transport.connect(peer, address),
    discover: (address, wait) => transport.discover(address, wait),
    disconnect: (peer) => transport.disconnect(peer),
    metrics: () => transport.metrics(),
    open: (name, codec, options) => cuttableChannel(transport.open(name, codec, options)),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
  return {
    id: whole.id,
    epoch: whole.epoch,
    clock: whole.clock,
    random: whole.random,
    transport: road,
    disk: whole.disk,
    failed: whole.failed,
    fail: (error) => whole.fail(error),
    reach: (point) => whole.reach(point),
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

function cuttableChannel<Message>(channel: Channel<Message>): Channel<Message> {
  return {
    name: channel.name,
    send: (to, message) => cut.has(to) || channel.send(to, message),
    receive: (receiver) => channel.receive(receiver),
    drained: (to) => channel.drained(to),
    [Symbol.dispose]: () => channel[Symbol.dispose](),
  };
}
