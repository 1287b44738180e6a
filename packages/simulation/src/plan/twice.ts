import type { Suite } from "../suite.ts";
import type { Event } from "../time/queue.ts";
import type { Plan } from "./plan.ts";
import { type Outcome, runPlan, type Violation } from "./run.ts";

/**
 * Runs a plan twice and compares the digests after every event. Two runs that differ are a violation of their own
 * (`not deterministic`), which names the first event that differs.
 */
export async function runTwice<Node, Call>(
  suite: Suite<Node, Call>,
  plan: Plan<Call>,
): Promise<Outcome<Call>> {
  const digests = new Digests();
  const first = await runPlan(suite, plan, { onEvent: (_, digest) => digests.push(digest) });
  let index = 0;
  let parting: { readonly at: number; readonly event: Event } | undefined;
  const second = await runPlan(suite, plan, {
    onEvent: (event, digest) => {
      if (parting === undefined && digest !== digests.at(index)) parting = { at: index, event };
      index++;
    },
  });
  if (parting === undefined && first.digest === second.digest) return first;
  const at = parting?.at ?? digests.length;
  const before = await eventAt(suite, plan, at);
  const violation: Violation = {
    kind: "not deterministic",
    message:
      `two runs of one seed part at event ${at}: ${before} in one, ${describeEvent(parting?.event)} in the other. ` +
      "Something beside the plan decides: ambient time or chance, state kept outside the nodes, real input or output.",
    atMs: parting?.event.at ?? first.virtualMs,
    node: parting?.event.machine?.id,
  };
  return { ...first, violation };
}

async function eventAt<Node, Call>(suite: Suite<Node, Call>, plan: Plan<Call>, at: number): Promise<string> {
  let index = 0;
  let found: Event | undefined;
  await runPlan(suite, plan, {
    onEvent: (event) => {
      if (index++ === at) found = event;
    },
    eventsMax: at,
  });
  return describeEvent(found);
}

export function describeEvent(event: Event | undefined): string {
  if (event === undefined) return "no event";
  const { kind, machine, at } = event;
  return `a ${kind} event${machine ? ` of ${machine.id}` : ""} at ${at.toFixed(3)} ms`;
}

/** A growing list of 32-bit numbers. */
class Digests {
  #values = new Uint32Array(1 << 16);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number | undefined {
    return index < this.length ? this.#values[index] : undefined;
  }
}
