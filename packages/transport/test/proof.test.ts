import test from "ava";
import { LinkKind, LinkMessage } from "../src/gen/link.ts";
import { Counters } from "../src/metrics.ts";
import { formatIdentity } from "../src/wire/identity.ts";
import { linkFrame, Proof, secret } from "../src/zmq/proof.ts";
import { Refusals } from "../src/zmq/refusals.ts";
import { Sources } from "../src/zmq/sources.ts";

/** Node b as links meet it, and the tokens that it has handed out over its own links, by nonce. */
function listening() {
  const counters = new Counters();
  const tokens = new Map<string, string>();
  const options = { id: "b", max: 10, secured: true, refusals: new Refusals("b"), newcomer: () => {} };
  const sources = new Sources(options, counters);
  const proof = new Proof(sources, new Map(), counters, (_, frame) => {
    const { nonce, token } = LinkMessage.decode(frame.subarray(1));
    tokens.set(nonce, token);
  });
  const link = (nonce: string, epoch = 1) => {
    const address = "tcp://127.0.0.1:7101";
    return sources.find(
      Buffer.from(formatIdentity({ lane: "control", from: "a", epoch, to: "b", address, nonce })),
    );
  };
  return { counters, tokens, sources, proof, link };
}

const hello = linkFrame(LinkKind.HELLO);
const proving = (token: string) => linkFrame(LinkKind.PROOF, "", token);

test("a token proves the one link that it was handed out for, and no other under the same name", (t) => {
  const { counters, tokens, sources, proof, link } = listening();
  const [own, stolen] = [secret(), secret()];
  for (const nonce of [own, stolen]) proof.receive(link(nonce), hello);
  proof.receive(link(stolen), proving(tokens.get(own)!));
  t.is(counters.unproven, 1);
  t.is(sources.judge(link(stolen)), undefined);
  proof.receive(link(own), proving(tokens.get(own)!));
  t.is(sources.judge(link(own)), "a");
  t.is(sources.judge(link(stolen)), undefined, "a proof of one link is none of another");
});

test("a token that was used, or replaced by a later one, proves nothing when it is said again", (t) => {
  const { counters, tokens, sources, proof, link } = listening();
  const nonce = secret();
  proof.receive(link(nonce), hello);
  const first = tokens.get(nonce)!;
  proof.receive(link(nonce), hello);
  proof.receive(link(nonce), proving(first));
  t.is(sources.judge(link(nonce)), undefined, "the later token counts");
  proof.receive(link(nonce), proving(tokens.get(nonce)!));
  t.is(sources.judge(link(nonce)), "a");
  const before = counters.unproven;
  const replay = secret();
  proof.receive(link(replay), proving(tokens.get(nonce)!));
  t.is(counters.unproven, before + 1);
  t.is(sources.judge(link(replay)), undefined);
});

test("a link of an earlier life cannot prove itself once the later life has", (t) => {
  const { tokens, sources, proof, link } = listening();
  const [old, young] = [secret(), secret()];
  proof.receive(link(old, 1), hello);
  proof.receive(link(young, 2), hello);
  proof.receive(link(young, 2), proving(tokens.get(young)!));
  proof.receive(link(old, 1), proving(tokens.get(old)!));
  t.is(sources.judge(link(young, 2)), "a");
  t.is(sources.judge(link(old, 1)), undefined);
});
