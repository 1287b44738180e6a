import type { Wait } from "@coterie/host";
import { type RegisterCall, registers, type Suite, type Workload } from "@coterie/simulation";
import { createRaft, type Session } from "../src/index.ts";
import { type Call, type Member, meddled } from "./calls.ts";
import { raftInvariants } from "./invariants.ts";
import { type Command, Registers } from "./registers.ts";

export type { Member } from "./calls.ts";

const sessions: WeakMap<Member, Promise<Session<Command, boolean>>> = new WeakMap();

/** Through the member's session, and once more under the same number: the second must change nothing, ever. */
async function putTwice(member: Member, command: Command, wait: Wait): Promise<boolean> {
  const opening = sessions.get(member) ?? member.openSession(wait);
  sessions.set(member, opening);
  const session = await opening.catch((error) => {
    sessions.delete(member);
    throw error;
  });
  const answer = session.propose(command, wait);
  const number = session.sequence;
  answer.then(() => session.retry(number, command, wait)).catch(() => {});
  return answer;
}

/** Registers that clients put, compare and set, and get linearizably, at any member. */
export const workload: Workload<Member, RegisterCall> = registers<Member>({
  get: (member, key, wait) => member.read(key, wait),
  put: (member, key, value, wait) =>
    value % 4 === 0 ? putTwice(member, { key, value }, wait) : member.propose({ key, value }, wait),
  cas: (member, key, from, value, wait) => member.propose({ key, value, from }, wait),
  hadNoEffect: (error) => (error as { mayCommit?: boolean }).mayCommit === false,
});

/** Small, so that every world takes, sends and installs snapshots, and fills its windows. */
export const small = {
  electionTimeoutMs: 500,
  heartbeatIntervalMs: 50,
  journalSegmentBytes: 32_768,
  commandBytesMax: 1_024,
  snapshotEntries: 40,
  trailingEntries: 10,
  messageBytesMax: 1_000,
  inFlightMessagesMax: 4,
  // Hardly anything stays in memory: whatever is behind is read from the journal.
  logCacheBytes: 500,
  catchUpBytesMax: 2_000,
  snapshotBytesPerSecond: 65_536,
  snapshotTransfersMax: 1,
} as const;

/** Raft under everything: registers, read linearizably or as they once were, while the leadership is passed around. */
export const suite: Suite<Member, Call> = {
  name: "raft",
  nodes: [3, 5],
  node: (host, voters) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "registers",
      voters,
      stateMachine: new Registers(),
      ...small,
    }),
  isChief: (member) => member.status().role === "leader",
  invariants: raftInvariants,
  workload: meddled(workload, [
    { consistency: "linearizable" },
    { consistency: "linearizable" },
    { consistency: "linearizable" },
    { consistency: "stale" },
  ]),
  converged: (members) => new Set(members.map((member) => member.status().appliedIndex)).size === 1,
};
