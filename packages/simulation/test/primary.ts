// A toy primary-backup register, to exercise the world: n1 is the primary for ever, writes go to every backup and are
// answered once all of them have synced. It stores its one value in a file.
import type { Host, NodeId } from "@coterie/host";
import type { Channel } from "@coterie/transport";
import { jsonCodec } from "../src/index.ts";

type Message =
  | { readonly type: "write"; readonly version: number; readonly value: number }
  | { readonly type: "stored"; readonly version: number };

export interface Register {
  readonly stored: { version: number; value: number };
  write(value: number): Promise<void>;
  read(): number | null;
}

export async function startRegister(host: Host, nodes: readonly NodeId[]): Promise<Register> {
  const file = await host.disk.open("register", { create: true });
  await host.disk.syncFolder("");
  const bytes = await file.read(0, 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const stored = { version: 0, value: 0 };
  if (bytes.length === 8) Object.assign(stored, { version: view.getUint32(0), value: view.getUint32(4) });
  const channel: Channel<Message> = host.transport.open("register", jsonCodec<Message>());
  const waiting = new Map<number, { left: Set<NodeId>; done: () => void }>();

  async function store(version: number, value: number): Promise<void> {
    if (version > stored.version) {
      Object.assign(stored, { version, value });
      const record = new Uint8Array(8);
      new DataView(record.buffer).setUint32(0, version);
      new DataView(record.buffer).setUint32(4, value);
      await file.write(0, [record]);
    }
    host.reach("register:written");
    await file.sync();
    host.reach("register:synced");
  }

  function settle(from: NodeId, version: number): void {
    const wait = waiting.get(version);
    wait?.left.delete(from);
    if (wait?.left.size === 0) wait.done();
  }

  channel.receive((from, message) => {
    if (message.type === "stored") settle(from, message.version);
    else
      void store(message.version, message.value).then(() =>
        channel.send(from, { type: "stored", version: message.version }),
      );
  });

  return {
    stored,
    read() {
      if (host.id !== nodes[0]) throw new Error("not the primary");
      return stored.version === 0 ? null : stored.value;
    },
    write(value) {
      if (host.id !== nodes[0]) return Promise.reject(new Error("not the primary"));
      const version = stored.version + 1;
      const others = nodes.filter((id) => id !== host.id);
      return new Promise<void>((done) => {
        waiting.set(version, { left: new Set(nodes), done });
        const resend = () => {
          if (!waiting.get(version)?.left.size) return;
          for (const id of others) channel.send(id, { type: "write", version, value });
          host.clock.wake(host.clock.now() + 50, resend);
        };
        resend();
        void store(version, value).then(() => settle(host.id, version));
      });
    },
  };
}
