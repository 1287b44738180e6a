import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";

const suite = "raft-on-disk";

/** Bugs of keeping state on disk. */
export const onDisk: readonly PlantedBug[] = [
  bug(
    "sessions-not-stored",
    "stores what was applied without what the sessions remember of it",
    "../../state-machine/src/replica.ts",
    { find: "const changes = this.#sessions.takeChanges();", replace: "const changes = new Map();" },
    40,
    suite,
  ),
  bug(
    "position-stored-early",
    "stores a position that the state has not reached",
    "applier.ts",
    {
      find: "storing = replica.store(this.#position);",
      replace: "storing = replica.store({ ...this.#position, index: this.#position.index + 1 });",
    },
    60,
    suite,
  ),
  bug(
    "cut-before-sync",
    "cuts the log before the state machine has made durable what it held",
    "snapshot-policy.ts",
    { find: "    await replica.sync();\n", replace: "" },
    40,
    suite,
  ),
  bug(
    "applied-again",
    "goes on from the last mark after a restart, not from where the state is",
    "durable.ts",
    {
      find: "recovered: { ...recovered, applied }",
      replace: "recovered: { ...recovered, applied: recovered.snapshot }",
    },
    40,
    suite,
  ),
  bug(
    "applied-while-storing",
    "applies more while what was applied is being stored",
    "applier.ts",
    {
      find: "if (storing) this.#await(storing);\n    else this.#sliceDone();",
      replace: "this.#sliceDone();",
    },
    60,
    suite,
  ),
];
