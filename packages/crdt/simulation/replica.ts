import type { Suite } from "@coterie/simulation";
import { jsonCodec } from "@coterie/simulation";
import {
  createDeltaSync,
  createMovableList,
  createRichText,
  createText,
  type DeltaSync,
  decodeVersion,
  encodeVersion,
  integer,
  type MovableList,
  type ORSet,
  orSet,
  type PNCounter,
  pnCounter,
  type Replicated,
  type RichText,
  type Text,
  text,
} from "../src/index.ts";

type Host = Parameters<Suite<unknown>["node"]>[0];

type Message =
  | { readonly do: "update" | "version"; readonly of: number; readonly bytes: string }
  | { readonly do: "delta"; readonly of: number; readonly bytes: string };

/** How often a replica asks one other what it has missed, and sends its deltas again. */
const intervalMs = 100;

const set = orSet(text);

/** One of each kind of document, replicated three ways: every edit is sent at once, versions and deltas go round. */
export interface Replica {
  readonly text: Text;
  readonly list: MovableList<number>;
  readonly rich: RichText;
  readonly tags: DeltaSync<ORSet<string>>;
  readonly count: DeltaSync<PNCounter>;
  /** The writer's id: another one after each crash, as what it had written may be lost. */
  readonly writer: string;
  /** The text as its events told it. */
  readonly shown: string;
  /** Sends what was edited here. */
  publish(): void;
  /** All of it as plain values. */
  read(): unknown;
}

export function startReplica(host: Host, nodes: readonly string[]): Replica {
  const others = nodes.filter((id) => id !== host.id);
  const replica = `${host.id}-${host.epoch}`;
  const channel = host.transport.open("crdt", jsonCodec<Message>());
  const document = createText({ replica });
  const list = createMovableList(integer, { replica });
  const rich = createRichText({ replica, marks: { link: "none" } });
  const sequences: readonly Pick<Replicated, "apply" | "takeUpdate" | "updateSince" | "version">[] = [
    document,
    list,
    rich,
  ];
  const tags = createDeltaSync(set, { incarnation: host.epoch });
  const count = createDeltaSync(pnCounter, { incarnation: host.epoch });
  const deltas = [tags, count];
  let shown = "";
  document.onChange(({ steps }) => {
    for (const { index, removed, inserted } of steps)
      shown = shown.slice(0, index) + inserted + shown.slice(index + removed);
  });

  const send = (to: string, what: Message["do"], of: number, bytes: Uint8Array): void => {
    channel.send(to, { do: what, of, bytes: Buffer.from(bytes).toString("base64") });
  };
  channel.receive((from, message) => {
    const bytes = Buffer.from(message.bytes, "base64");
    const { of } = message;
    if (message.do === "delta") {
      const answer = deltas[of]!.receive(from, bytes);
      if (answer) send(from, "delta", of, answer);
    } else if (message.do === "update") sequences[of]!.apply(bytes);
    else send(from, "update", of, sequences[of]!.updateSince(decodeVersion(bytes)));
  });
  const round = (): void => {
    const peer = others[Math.floor(host.random.float() * others.length)]!;
    for (const [of, sequence] of sequences.entries())
      send(peer, "version", of, encodeVersion(sequence.version()));
    for (const [of, sync] of deltas.entries()) {
      const delta = sync.messageFor(peer);
      if (delta) send(peer, "delta", of, delta);
    }
    host.clock.wake(host.clock.now() + intervalMs, round);
  };
  round();
  return {
    text: document,
    list,
    rich,
    tags,
    count,
    writer: replica,
    get shown() {
      return shown;
    },
    publish() {
      for (const [of, sequence] of sequences.entries()) {
        const update = sequence.takeUpdate();
        if (update) for (const to of others) send(to, "update", of, update);
      }
    },
    read: () => ({
      text: document.toString(),
      list: list.toArray(),
      rich: rich.runs(),
      tags: set.values(tags.state).sort(),
      count: pnCounter.value(count.state),
      bytes: [document, list, rich].map((sequence) => Buffer.from(sequence.encode()).toString("base64")),
    }),
  };
}
