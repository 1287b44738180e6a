import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";

/** Bugs of groups that commit with other quorums than majorities. */
export const quorums: readonly PlantedBug[] = [
  bug(
    "elected-by-majority",
    "elects by majorities, though fewer than a majority commit",
    "core/quorum.ts",
    {
      find: "const needed = electionQuorum(voters.length, commitQuorum);",
      replace: "const needed = majority(voters.length);",
    },
    20,
    "raft-quorums",
  ),
  bug(
    "other-quorum-in-one-step",
    "changes how many commit without a joint configuration",
    "core/membership.ts",
    {
      find: "difference === 0 ? before.commitQuorum === commitQuorum : ",
      replace: "difference === 0 ? true : ",
    },
    150,
    "raft-quorums",
  ),
  bug(
    "one-voter-in-one-step",
    "adds and removes single voters without a joint configuration, whatever the quorums",
    "core/membership.ts",
    { find: "difference === 1 && majorities;", replace: "difference === 1;" },
    150,
    "raft-quorums",
  ),
];
