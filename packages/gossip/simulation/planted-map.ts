import type { PlantedBug } from "@coterie/simulation";

/** Each bug changes one place of a source file as it is loaded, in a process of its own: see `plant`. */
function bug(
  name: string,
  what: string,
  file: string,
  change: { readonly find: string; readonly replace: string },
  withinSeeds: number,
  suite = "gossip-map",
): PlantedBug {
  return { name, what, file: new URL(`../src/${file}`, import.meta.url), ...change, withinSeeds, suite };
}

const replica = "anti-entropy/replica.ts";
const standing = "anti-entropy/standing.ts";
const session = "anti-entropy/session.ts";

/** Bugs that the suites of the map must find, each within a number of seeds. The switches exist here and nowhere else. */
export const plantedInMap: readonly PlantedBug[] = [
  bug(
    "no-dormant-copies",
    "drops a certificate when it has been awake for long enough, and keeps nothing of it",
    replica,
    { find: "if (keepsDormant(key)) this.#sleep(slot, now);\n      else this.#expire(slot);", replace: "" },
    20,
  ),
  bug(
    "certificate-dropped-early",
    "drops certificates as soon as they were looked at",
    replica,
    {
      find: "      if (now - slot.bornAt < certificateMs) continue;\n      const { key } = slot.entry;\n      this.#remove(slot);",
      replace:
        "      const { key } = slot.entry;\n      this.#remove(slot);\n      if (now - slot.bornAt < certificateMs) continue;",
    },
    20,
  ),
  bug(
    "dormant-stays-asleep",
    "does not compare what returns with its dormant certificates",
    replica,
    { find: "return this.#dormant.get(key);", replace: "return undefined;" },
    20,
  ),
  bug(
    "forgets-without-horizon",
    "forgets certificates, and does not remember that it did",
    replica,
    {
      find: "    this.#counts.forgotten_total++;\n    this.#forget(entry);",
      replace: "    this.#counts.forgotten_total++;",
    },
    20,
  ),
  bug(
    "trusts-everybody",
    "syncs with nodes that were away for longer than certificates live",
    standing,
    {
      find: "if (this.#forgotten === 0) return true;\n    return peer.heardStore",
      replace: "return true;\n    return peer.heardStore",
    },
    20,
  ),
  bug(
    "old-rumors-believed",
    "takes rumors that are older than what it has forgotten",
    "map/core.ts",
    { find: "this.replica.merge(entry, false, now)", replace: "this.replica.merge(entry, true, now)" },
    100,
  ),
  bug(
    "keeps-what-it-should-yield",
    "catches up with a peer, and keeps what the peer has forgotten",
    session,
    { find: "if (this.#pull) this.#replica.yield(key);", replace: "" },
    20,
  ),
  bug(
    "yields-without-forgetting",
    "drops what it yields, and takes it again from the next node",
    replica,
    { find: "    this.#remove(slot);\n    this.#forget(slot.entry);", replace: "    this.#remove(slot);" },
    200,
  ),
  bug(
    "horizon-not-adopted",
    "catches up with a peer, and takes from others what that peer has forgotten",
    replica,
    { find: "if (peer.forgotten > 0 && this.standing.adopt(horizon))\n", replace: "if (false)\n" },
    200,
    "gossip-map-away",
  ),
  bug(
    "revisions-without-epoch",
    "counts its revisions from the same number again after a crash",
    standing,
    { find: "this.began = epoch * 2 ** 32;", replace: "this.began = 2 ** 32;" },
    200,
  ),
  bug(
    "yields-with-the-door-open",
    "counts an exchange during which others brought what it should have yielded (a bug this simulator found)",
    session,
    { find: "if (behind && this.#replica.tookUpTo(horizonOf(peer))) return;", replace: "" },
    500,
    "gossip-map-away",
  ),
  bug(
    "certificates-may-be-older",
    "takes a value that is newer than the certificate here, though it has forgotten a later one",
    replica,
    { find: "return here !== undefined && !here.entry.deleted;", replace: "return here !== undefined;" },
    1_000,
  ),
  bug(
    "horizon-not-on-disk",
    "does not write down what it has forgotten",
    replica,
    {
      find: "    this.standing.forget(entry);\n    this.#sink.record(this.standing.forgottenRecord());\n",
      replace: "    this.standing.forget(entry);\n",
    },
    200,
  ),
  bug(
    "answers-before-the-disk",
    "acknowledges a write before it is durable",
    "map/core.ts",
    {
      find: 'effects.push({ type: "persist", records: this.#records, whenDurable });',
      replace: 'effects.push({ type: "persist", records: this.#records, whenDurable: [] }, ...whenDurable);',
    },
    100,
  ),
  bug(
    "clock-does-not-follow",
    "stamps writes by its own clock alone",
    replica,
    { find: "this.#clock.receive(hybridStamp(wallMs, logical));", replace: "hybridStamp(wallMs, logical);" },
    50,
  ),
];
