// Messages of anti-entropy and awareness: whatever comes, nothing is thrown into the road, and all goes on.
import {
  type AntiEntropy,
  createAntiEntropy,
  createAwareness,
  createDocument,
  createText,
  documentSource,
  json,
  type SyncHost,
  type SyncSource,
  sequenceSource,
} from "../../src/index.ts";
import { encodeFrame } from "../../src/sync/long/frames.ts";
import { everything, fill } from "../worlds/everything.ts";
import { altered, type Mutation, resealed } from "../worlds/mutations.ts";
import { hold, sameBytes, type Target, wholeOrNot } from "./target.ts";

/** A road with the far end in hand. */
class FarEnd {
  readonly sent: Uint8Array[] = [];
  readonly exchange: AntiEntropy;
  #receive: (from: string, message: Uint8Array) => void = () => {};
  #now = 0;
  #wakes: { readonly at: number; readonly fn: () => void }[] = [];

  constructor(source: SyncSource) {
    const host: SyncHost = {
      clock: {
        now: () => this.#now,
        wake: (at, fn) => {
          const entry = { at, fn };
          this.#wakes.push(entry);
          return () => {
            this.#wakes = this.#wakes.filter((other) => other !== entry);
          };
        },
      },
      random: { float: () => 0.5 },
    };
    const channel = {
      send: (_: string, message: Uint8Array) => this.sent.push(Uint8Array.from(message)) > 0,
      receive: (receive: (from: string, message: Uint8Array) => void) => {
        this.#receive = receive;
      },
    };
    this.exchange = createAntiEntropy(host, { channel, source, peers: ["peer"], partBytes: 64 });
  }

  give(message: Uint8Array): void {
    this.#receive("peer", message);
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const { fn } of this.#wakes.splice(0).filter(({ at }) => at <= this.#now)) fn();
  }
}

const frame = (kind: number, body: Uint8Array): Uint8Array => Uint8Array.from([0xca, kind, ...body]);
const whole = (message: Uint8Array): Uint8Array => encodeFrame({ kind: "whole", bytes: message });
const partOf = (bytes: Uint8Array): Uint8Array =>
  encodeFrame({
    kind: "part",
    id: { life: 7, number: 1 },
    length: bytes.length,
    size: 64,
    index: 0,
    bytes: bytes.subarray(0, 64),
  });

interface Message {
  readonly name: string;
  mutate(changes: readonly Mutation[]): Uint8Array;
}

/** A message as a peer writes it, mutated as a whole, and mutated inside under a right checksum. */
const messagesOf = (name: string, kind: number, body: Uint8Array): Message[] => [
  { name: `${name}, altered`, mutate: (changes) => altered(whole(frame(kind, body)), changes) },
  {
    name: `${name}, under a right checksum`,
    mutate: (changes) => whole(frame(kind, resealed(body, changes))),
  },
];

function exchangeTargets(
  name: string,
  make: () => { readonly source: SyncSource; read(): Uint8Array; works(): void },
): Target[] {
  const other = make().source;
  const messages = [
    ...messagesOf("a question", 1, other.version()),
    ...messagesOf("a version told", 2, other.version()),
    ...messagesOf("an update", 3, make().source.since(other.version()) ?? other.take()!),
    {
      name: "a part",
      mutate: (changes: readonly Mutation[]) =>
        altered(partOf(frame(3, other.take() ?? other.version())), changes),
    },
    {
      name: "an acknowledgement",
      mutate: (changes: readonly Mutation[]) =>
        altered(encodeFrame({ kind: "have", id: { life: 7, number: 1 }, base: 1, mask: 5 }), changes),
    },
  ];
  return messages.map((message) => ({
    name: `anti-entropy of a ${name}, ${message.name}`,
    mutate: (changes) => message.mutate(changes),
    take(mutated) {
      const end = make();
      const far = new FarEnd(end.source);
      const before = end.read();
      far.give(mutated);
      for (let round = 0; round < 4; round++) far.pass(1_500);
      const refused = (far.exchange.metrics().refused ?? 0) > 0;
      const same = sameBytes(end.read(), before);
      hold(same || !refused, "what was refused has changed something");
      const said = far.sent.length;
      far.give(whole(frame(1, make().source.version())));
      hold(far.sent.length > said, "it answers nobody any more");
      far.exchange[Symbol.dispose]();
      end.works();
      return same ? "equal" : "other";
    },
  }));
}

const textEnd = () => {
  const text = createText({ replica: "a", elementsMax: 10_000 });
  text.insert(0, "a text of some length, so that it goes in several parts 😀");
  return {
    source: sequenceSource(text),
    read: () => text.encode(),
    works() {
      text.insert(0, "on");
      hold(text.toString().isWellFormed(), "half a pair");
    },
  };
};

const documentEnd = () => {
  const document = createDocument(everything, { replica: "a", members: ["a", "peer"], elementsMax: 10_000 });
  fill(document);
  return {
    source: documentSource(document, { forget: true }),
    read: () => document.encode(),
    works: () => fill(document),
  };
};

const awareness: Target = {
  name: "awareness",
  mutate(changes) {
    const peer = createAwareness(json, { replica: "peer" });
    return resealed(peer.set({ at: 3 }, 0), changes);
  },
  take(mutated) {
    const own = createAwareness(json, { replica: "own" });
    own.set("here", 0);
    wholeOrNot(
      () => own.snapshot(),
      () => own.apply(mutated, 5),
    );
    own.tick(10);
    return JSON.stringify(own.states.get("peer")) === '{"at":3}' ? "equal" : "other";
  },
};

export const messages: readonly Target[] = [
  ...exchangeTargets("text", textEnd),
  ...exchangeTargets("document", documentEnd),
  awareness,
];
