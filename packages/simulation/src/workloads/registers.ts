import { checkLinearizable, type History, type KvInput, type KvOutput, kv } from "@coterie/checker";
import type { Random, Wait } from "@coterie/host";
import type { Workload } from "../suite.ts";

/** How registers are reached at a node. Values are numbers; a register holds null before the first put. */
export interface RegistersAccess<Node> {
  readonly get: (node: Node, key: string, wait: Wait) => unknown;
  readonly put: (node: Node, key: string, value: number, wait: Wait) => unknown;
  /** Sets the register if it holds `from`, and answers whether it did. Without it, none are drawn. */
  readonly cas?: (node: Node, key: string, from: number | null, to: number, wait: Wait) => unknown;
  /** Whether an error says that the call certainly had no effect. Default: never. */
  readonly hadNoEffect?: (error: unknown) => boolean;
  /** How many registers. Few make for contention. Default: 3. */
  readonly keys?: number;
}

/** A call of the registers workload. */
export type RegisterCall = KvInput<number>;

/**
 * Clients that get and put (and compare and set) a few registers; the history must be linearizable, register by
 * register. Every put writes a value of its own, so that a get tells which put it saw.
 */
export function registers<Node>(access: RegistersAccess<Node>): Workload<Node, RegisterCall> {
  const { keys = 3, cas } = access;
  return {
    draw(random, { index }) {
      const key = `k${random.between(1, keys)}`;
      const form = random.float();
      if (form < 0.45) return { op: "get", key };
      if (cas && form < 0.6) return { op: "cas", key, from: earlier(random, index), to: index };
      return { op: "put", key, value: index };
    },
    perform(node, call, wait) {
      if (call.op === "get") return access.get(node, call.key as string, wait);
      if (call.op === "put") return access.put(node, call.key as string, call.value, wait);
      if (call.op === "cas" && cas) return cas(node, call.key as string, call.from, call.to, wait);
      throw new TypeError(`The registers workload knows no ${call.op}.`);
    },
    ...(access.hadNoEffect ? { hadNoEffect: access.hadNoEffect } : {}),
    probe: { op: "put", key: "k1", value: -1 },
    judge: (history) => judgeRegisters(history as History<RegisterCall, KvOutput>),
  };
}

/** A value that some call before this one may have put, or none. */
function earlier(random: Random, index: number): number | null {
  return index > 0 && random.float() < 0.8 ? random.between(Math.max(0, index - 20), index - 1) : null;
}

/** Says in words which operation breaks linearizability, and what its register went through around it. */
function judgeRegisters(history: History<RegisterCall, KvOutput>): string | undefined {
  const { verdict, violation } = checkLinearizable(history, kv, { budget: { steps: 5_000_000 } });
  if (verdict !== "illegal" || violation === undefined) return undefined;
  const blocked = violation.blocked === undefined ? undefined : history[violation.blocked];
  const line = (i: number): string => {
    const { process, invokedAt, completedAt, input, outcome } = history[i]!;
    const output = outcome === "ok" ? (history[i] as { output?: KvOutput }).output : "?";
    const until = outcome === "ok" ? completedAt?.toFixed(1) : "...";
    return `  ${i === violation.blocked ? ">" : " "} ${process} [${invokedAt.toFixed(1)}, ${until}] ${kv.describe?.(input, output) ?? JSON.stringify(input)}`;
  };
  const around = [...violation.operations]
    .sort((a, b) => history[a]!.invokedAt - history[b]!.invokedAt)
    .filter((i) => !blocked || history[i]!.invokedAt <= (blocked.completedAt ?? Number.POSITIVE_INFINITY))
    .slice(-12);
  return `register ${String(violation.part)} is not linearizable; the operation marked > has no place:\n${around.map(line).join("\n")}`;
}
