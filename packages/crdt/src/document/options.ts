import { checkCount, checkOptions as checkNames, checkSwitch, told } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { limitsOf, type SequenceLimits } from "../sequence/engine.ts";
import { SEQUENCE_OPTIONS } from "../sequence/options.ts";
import { checkDocumentReplica } from "./version.ts";

export interface DocumentOptions extends Partial<SequenceLimits> {
  /**
   * The writer's id: unique among all writers, and a new one after a restore from backup. Of concurrent insertions at one
   * place the lower id's stands first.
   */
  readonly replica: string;
  /** All replicas that must have seen what is to be forgotten, this one included. Without them nothing is forgotten. */
  readonly members?: readonly string[];
  /**
   * Milliseconds since the epoch, whole, for registers whose last writer wins. Without it the writings that a replica has
   * seen count. What is no time from 0 to 2^52 - 2^32 is refused by the writing of a register.
   */
  readonly nowMs?: () => number;
  /**
   * Keep what is removed and every change, for `at` and `diff`. Default false. All replicas must, for nobody can tell what
   * another did not keep.
   */
  readonly history?: boolean;
  /**
   * Bytes of changes of the lattices kept for replicas that lack them; who lacks more gets their state. Default 1 MiB, with
   * `history` 256 MiB.
   */
  readonly historyBytesMax?: number;
  /** Texts and lists in the document. Default 65,536. */
  readonly partsMax?: number;
}

const OPTIONS = [...SEQUENCE_OPTIONS, "members", "nowMs", "historyBytesMax", "partsMax"];

/** Throws InvalidArgumentError for an option that is none. */
export function checkOptions(options: DocumentOptions): void {
  checkNames(options, OPTIONS);
  const { replica, members, nowMs, history, historyBytesMax = 1, partsMax = 1 } = options;
  checkDocumentReplica(replica);
  limitsOf(options);
  checkSwitch("history", history);
  checkCount("historyBytesMax", historyBytesMax);
  checkCount("partsMax", partsMax);
  if (nowMs !== undefined && typeof nowMs !== "function")
    throw new InvalidArgumentError(`nowMs is a function that tells the time, not ${told(nowMs)}.`);
  if (members === undefined) return;
  if (!Array.isArray(members))
    throw new InvalidArgumentError(`members is an array of replica ids, not ${told(members)}.`);
  for (const member of members) checkDocumentReplica(member);
}
