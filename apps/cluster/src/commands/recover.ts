import { lockFolder } from "@coterie/host";
import { recoverQuorum } from "@coterie/raft";
import { fileDisk } from "@coterie/storage";
import { groupName } from "../node/node.ts";
import { table } from "./output.ts";

export interface RecoverOptions {
  readonly directory: string;
  readonly id: string;
  /** Default: the node alone. */
  readonly voters?: readonly string[] | undefined;
  /** Without it nothing is changed. */
  readonly acceptLoss: boolean;
}

const warning = `
!! DANGER: for when a majority of the nodes is LOST FOR GOOD, and for nothing else.
!! Writes that were acknowledged and have not reached this node are LOST.
!! Writes that nobody was told of may take effect.
!! The lost nodes must NEVER start again with their old folders, nor with empty ones
!! under the old list of peers: two clusters of one name would serve different data.
`;

/**
 * Makes a node that has outlived the majority decide alone, or says what that would mean. Throws `FolderInUseError` when
 * the node runs, and what `recoverQuorum` throws.
 */
export async function recover(options: RecoverOptions, say: (text: string) => void): Promise<void> {
  const { directory, id, voters, acceptLoss } = options;
  await using _lock = await lockFolder(directory);
  say(warning);
  const report = await recoverQuorum(fileDisk(directory), { group: groupName, id, voters, acceptLoss });
  const { before, last, committed, term } = report;
  say(
    table(
      ["", ""],
      [
        ["voters until now", before.voters.join(", ")],
        ["voters from now on", report.voters.join(", ")],
        ["the log ends at", `index ${last.index} of term ${last.term}`],
        ["certainly committed up to", `index ${committed}`],
        ["the cluster goes on in", `term ${term}`],
      ],
    ),
  );
  if (report.done) return say(`Done. Start ${report.voters.join(", ")}, and nobody else.`);
  say(
    "Nothing was changed. Look at every survivor: the one whose log ends in the highest term, and there at the highest index, has lost the least. Recover that one, with --yes-i-may-lose-writes.",
  );
}
