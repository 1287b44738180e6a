import { checkConvergence } from "@coterie/checker";

/** Whether all replicas read the same. */
export function agree(reads: readonly unknown[]): boolean {
  const history = reads.map((output, at) => ({
    process: at,
    input: "read",
    invokedAt: at,
    completedAt: at,
    outcome: "ok" as const,
    output,
  }));
  return checkConvergence(history, { settledAt: 0, subject: (input) => input }).findings.length === 0;
}
