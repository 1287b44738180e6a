import test from "ava";
import { body, Cores, commands, type Envelope, isKind } from "./cores.ts";

const delayBeats = 10;
const beatMs = 100;

/** A leader a, close to c, and a follower b behind a link with a way of ten heartbeats. */
class SlowLink {
  readonly cores: Cores = new Cores(["a", "b", "c"], {
    electionTimeoutMs: 5_000,
    heartbeatIntervalMs: beatMs,
  });
  readonly #onTheirWay: { readonly at: number; readonly envelope: Envelope }[] = [];
  readonly wanted: string[] = [];
  /** How many requests of b have carried each command. */
  readonly carried: Map<string, number> = new Map();
  requests = 0;
  #beat = 0;

  constructor() {
    this.cores.elect("a");
  }

  propose(text: string): void {
    this.wanted.push(text);
    this.cores.propose("b", text);
  }

  /** Lets heartbeats pass. What leaves b and is not lost arrives, as does all that is sent to it. */
  run(beats: number, isLost: (envelope: Envelope, request: number) => boolean = () => false): void {
    for (let i = 0; i < beats; i++) {
      this.#beat++;
      this.cores.now += beatMs;
      for (const id of ["a", "b", "c"]) {
        this.cores.get(id).core.advance(this.cores.now);
        this.cores.drain(id);
      }
      while (this.#onTheirWay[0] && this.#onTheirWay[0].at <= this.#beat)
        this.cores.receive(this.#onTheirWay.shift()!.envelope);
      this.cores.settle((e) => e.from !== "b" && e.to !== "b");
      for (const envelope of this.cores.network.splice(0)) {
        if (isKind("proposeRequest")(envelope)) this.#count(envelope);
        if (!isLost(envelope, this.requests))
          this.#onTheirWay.push({ at: this.#beat + delayBeats, envelope });
      }
    }
  }

  #count({ message }: Envelope): void {
    this.requests++;
    for (const { data } of body(message, "proposeRequest").proposals) {
      const text = new TextDecoder().decode(data);
      this.carried.set(text, (this.carried.get(text) ?? 0) + 1);
    }
  }

  get copies(): number {
    return [...this.carried.values()].reduce((sum, times) => sum + times - 1, 0);
  }
}

test("on a link with a way of ten heartbeats, no more than a few copies leave before the round trip is known, and none after", (t) => {
  const link = new SlowLink();
  link.run(3 * delayBeats);
  for (let i = 0; i < 20; i++) {
    link.propose(`early ${i}`);
    link.run(1);
  }
  link.run(2 * delayBeats);
  t.true(link.copies <= 6, `${link.copies} copies of the first commands`);
  const before = link.copies;
  for (let i = 0; i < 200; i++) {
    link.propose(`late ${i}`);
    link.run(1);
  }
  link.run(5 * delayBeats);
  t.is(link.copies, before);
  t.deepEqual(commands(link.cores.get("a")), link.wanted);
  t.deepEqual(commands(link.cores.get("b")), link.wanted);
});

test("a lost request is sent again on such a link, with what was behind it, and each command is appended once", (t) => {
  const link = new SlowLink();
  link.propose("first");
  link.run(3 * delayBeats);
  for (let i = 0; i < 40; i++) {
    link.propose(`${i}`);
    link.run(1, (envelope, request) => isKind("proposeRequest")(envelope) && request % 7 === 0);
  }
  link.run(60 * delayBeats);
  t.deepEqual(commands(link.cores.get("a")), link.wanted);
  t.true(link.copies <= 2 * link.wanted.length, `${link.copies} copies of ${link.wanted.length} commands`);
});

test("while nothing comes through, one request is sent again, ever more seldom", (t) => {
  const link = new SlowLink();
  link.run(3 * delayBeats);
  for (let i = 0; i < 50; i++) {
    link.propose(`${i}`);
    link.cores.drain("b");
  }
  const before = link.requests;
  link.run(100, isKind("proposeRequest"));
  t.true(link.requests - before <= 50 + 7, `${link.requests - before} requests`);
  link.run(100);
  t.deepEqual(commands(link.cores.get("a")), link.wanted);
});

test("an answer to a copy says nothing of commands that left after it", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("b", "1");
  const copied = cores.network.find(isKind("proposeRequest"))!;
  cores.receive(copied);
  cores.settle();
  cores.receive(copied);
  cores.propose("b", "2");
  const late = cores.network.filter(isKind("proposeResponse"));
  t.is(late.length, 1);
  cores.settle(isKind("proposeResponse"));
  cores.drop(isKind("proposeRequest"));
  cores.propose("b", "3");
  t.is(cores.network.filter(isKind("proposeRequest")).length, 1, "it was not taken for a refusal");
  cores.timeout("b");
  cores.settle();
  t.deepEqual(commands(cores.get("a")).sort(), ["1", "2", "3"]);
});

test("a leader of an earlier version, which does not say what it answers, is served as well", (t) => {
  const cores = new Cores(["a", "b", "c"], { messageBytesMax: 60 });
  cores.elect("a");
  for (const text of ["1", "2", "3", "4"]) cores.propose("b", text);
  cores.network.splice(cores.network.findIndex(isKind("proposeRequest")), 1);
  for (let i = 0; i < 10; i++) {
    for (const { message } of cores.network)
      if (message.body?.$case === "proposeResponse") delete message.body.value.request;
    if (cores.deliver() === undefined) cores.timeout("b");
  }
  for (let i = 0; i < 200; i++) {
    for (const { message } of cores.network)
      if (message.body?.$case === "proposeResponse") delete message.body.value.request;
    cores.deliver();
  }
  cores.timeout("a");
  cores.settle();
  t.deepEqual(commands(cores.get("a")), ["1", "2", "3", "4"]);
});
