import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";

/** Bugs of groups that share a host: of their rest, and of what they share. */
export const groups: readonly PlantedBug[] = [
  bug(
    "rests-while-behind",
    "goes quiet though a follower lacks an entry, and tells that one to rest as well",
    "core/quiescence.ts",
    { find: 'return state === "replicate" && match === log.lastIndex;', replace: "return true;" },
    200,
    "raft-groups",
  ),
  bug(
    "rests-for-the-dead",
    "does not wake when the process of a quiet group's leader is gone",
    "core/quiescence.ts",
    {
      find: "} else if (!isAlive && s.leader === id) leaderLost(s);",
      replace: "} else if (isAlive && s.leader === id) leaderLost(s);",
    },
    200,
    "raft-groups",
  ),
  bug(
    "sleeps-on-return",
    "does not wake, as a quiet leader, when a follower's process is back",
    "core/quiescence.ts",
    { find: "    if (isAlive || !quorumRests(s)) wake(s, id);", replace: "" },
    300,
    "raft-groups",
  ),
  bug(
    "lives-confused",
    "takes a group that is closed and opened again for the same life of it",
    "groups/shared-journal.ts",
    { find: "        part.reopened++;\n", replace: "" },
    20,
    "raft-groups",
  ),
  bug(
    "completes-out-of-order",
    "says that a write is durable before an earlier one of the group",
    "groups/journal-share.ts",
    {
      find: "const writing: Promise<unknown>[] = [this.#last];",
      replace: "const writing: Promise<unknown>[] = [];",
    },
    20,
    "raft-groups",
  ),
  bug(
    "trims-what-others-need",
    "gives room back that another group still needs",
    "groups/shared-journal.ts",
    {
      find: "for (const part of this.#parts.values()) oldest = Math.min(oldest, part.oldest);",
      replace: "oldest = Math.max(this.#journal.start, oldest - 2 * this.#options.segmentBytes);",
    },
    600,
    "raft-groups",
  ),
  bug(
    "moves-under-another-number",
    "sorts what was written again as if it were new",
    "groups/part.ts",
    {
      find: "    this.#found.set(sequence, { position, records: hold ? records : [] });",
      replace:
        "    const last = Math.max(0, ...this.#found.keys());\n    this.#found.set(this.#found.has(sequence) ? last + 1 : sequence, { position, records: hold ? records : [] });",
    },
    300,
    "raft-groups",
  ),
];
