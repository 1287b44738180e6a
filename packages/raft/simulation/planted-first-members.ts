import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";

/** Bugs of members that do not notice that they were given different first members. */
export const firstMembers: readonly PlantedBug[] = [
  bug(
    "votes-for-strangers",
    "votes for candidates that count other votes",
    "core/first-members.ts",
    { find: '    case "voteRequest":\n    case "voteResponse":', replace: '    case "voteResponse":' },
    20,
    "raft-first-members",
  ),
  bug(
    "follows-strangers",
    "follows leaders of a group that began with others",
    "core/first-members.ts",
    { find: '    case "appendRequest":\n    case "heartbeat":\n', replace: "" },
    20,
    "raft-first-members",
  ),
];
