import type { Random, Wait } from "@coterie/host";
import type { Operation, RegisterCall, Workload } from "@coterie/simulation";
import type { Raft } from "../src/index.ts";
import type { Command } from "./registers.ts";

export type Member = Raft<Command, boolean, string, number | null>;

/** How a register is read; with a bound, in milliseconds, for stale reads that have one. */
export type Reading =
  | { readonly consistency: "linearizable" | "lease" }
  | { readonly consistency: "stale"; readonly maxStalenessMs?: number };

/** Somebody meddles with who leads. */
interface ShakeCall {
  readonly op: "shake";
  readonly how: "transfer" | "campaign" | "forget";
}

export type Call = (RegisterCall & { readonly reading?: Reading }) | ShakeCall;

/** One call in so many meddles. */
const shakeEvery = 25;

/** How much slower than the world a node's clock may run: what it takes for a bound may be that much longer. */
const slowestClock = 0.95;

/** The registers' calls, with gets of these kinds, while the leadership is passed around. */
export function meddled(
  base: Workload<Member, RegisterCall>,
  readings: readonly Reading[],
): Workload<Member, Call> {
  return {
    ...base,
    draw(random, about) {
      if (random.between(1, shakeEvery) === 1) return { op: "shake", how: pick(random, hows) };
      const call = base.draw(random, about);
      return call.op === "get" ? { ...call, reading: pick(random, readings) } : call;
    },
    perform(member, call, wait) {
      if (call.op === "shake") return shake(member, call, wait);
      return call.op === "get" && call.reading
        ? member.read(call.key as string, { ...wait, ...call.reading })
        : base.perform(member, call, wait);
    },
    judge: (history) => base.judge?.(asOfThen(history) as readonly Operation<RegisterCall>[]),
  };
}

const hows: readonly ShakeCall["how"][] = ["transfer", "transfer", "campaign", "forget"];

/** Goes to whoever is asked: most transfers meet a member that does not lead. */
async function shake(member: Member, { how }: ShakeCall, wait: Wait): Promise<void> {
  if (how === "transfer") await member.transferLeadership(undefined, wait);
  else if (how === "forget") member.forgetLeader();
  else member.campaign();
}

/**
 * A stale read may answer as of any time since its bound before the call; without one, since the world began. That is
 * what a read that was asked for then, and answered now, may do: so the checker judges it as one.
 */
function asOfThen(history: readonly Operation<Call>[]): readonly Operation<Call>[] {
  return history
    .filter(({ input }) => input.op !== "shake")
    .map((operation, i) => {
      const { input, invokedAt } = operation;
      if (input.op !== "get" || input.reading?.consistency !== "stale") return operation;
      const { maxStalenessMs = Number.POSITIVE_INFINITY } = input.reading;
      const since = Math.max(0, invokedAt - maxStalenessMs / slowestClock);
      return { ...operation, process: `${operation.process}, stale ${i}`, invokedAt: since };
    });
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.between(0, values.length - 1)]!;
}
