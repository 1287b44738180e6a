import type { Host } from "@coterie/host";
import { Replica } from "@coterie/state-machine";
import type { openJournal } from "@coterie/storage";
import { checkSessions, checkStateMachine } from "./arguments.ts";
import type { CoreOptions } from "./core/options.ts";
import { openDurable } from "./durable.ts";
import { Message } from "./gen/raft.ts";
import { RaftNode } from "./node.ts";
import { checkFirstMembers, limits, type RaftOptions } from "./options.ts";
import type { Raft } from "./raft.ts";
import { nothing } from "./witness.ts";

/**
 * Starts this host's member of a group: reads its folder, restores the state machine, joins in. Resolves before
 * there is a leader. Throws `OptionError`, `GroupStateError`, and what the disk throws.
 */
export function createRaft<Command, Result, Query = never, Answer = never>(
  host: Host,
  options: RaftOptions<Command, Result, Query, Answer>,
): Promise<Raft<Command, Result, Query, Answer>> {
  return openRaft(host, options);
}

/** The same, with a journal of the caller's. */
export async function openRaft<Command, Result, Query, Answer>(
  host: Host,
  options: RaftOptions<Command, Result, Query, Answer> & Partial<CoreOptions>,
  open?: typeof openJournal,
): Promise<RaftNode<Command, Result, Query, Answer>> {
  const chosen = limits(options);
  checkFirstMembers(host.id, options);
  checkSessions(options.sessions);
  if (options.witness !== host.id) checkStateMachine(options.stateMachine);
  const machine = options.witness === host.id ? nothing : options.stateMachine;
  const replica = new Replica<Command, Result, Query, Answer>(machine, options.sessions);
  // The channel first: it is what two members of one group on one host would fight for.
  const channel = host.transport.open(`raft/${options.group}`, Message);
  try {
    const durable = await openDurable(host, options, chosen, replica, open);
    try {
      return new RaftNode(host, options, chosen, replica, durable, channel);
    } catch (error) {
      await replica.close();
      await durable.journal.close();
      throw error;
    }
  } catch (error) {
    channel[Symbol.dispose]();
    throw error;
  }
}
