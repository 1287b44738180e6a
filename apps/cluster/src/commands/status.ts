import { statusOf } from "../client/client.ts";
import { ClusterUnreachableError } from "../errors.ts";
import { table } from "./output.ts";

/** What each node says of itself. Throws `ClusterUnreachableError` when none says anything. */
export async function status(nodes: readonly string[]): Promise<string> {
  const answers = await Promise.all(nodes.map((node) => statusOf(node)));
  if (answers.every((answer) => answer === undefined))
    throw new ClusterUnreachableError(`No node answers at ${nodes.join(", ")}: is the cluster running?`);
  const rows = answers.map((answer, i) =>
    answer
      ? [nodes[i]!, answer.id, answer.role, answer.term, answer.leader ?? "", answer.commitIndex, answer.keys]
      : [nodes[i]!, "", "no answer", "", "", "", ""],
  );
  return table(["http", "node", "role", "term", "leader", "commit index", "keys"], rows);
}
