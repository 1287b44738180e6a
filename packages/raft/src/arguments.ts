import type { Wait } from "@coterie/host";
import type { SessionOptions } from "@coterie/state-machine";
import { isNodeId } from "@coterie/transport";
import { OptionError } from "./errors.ts";
import type { OnceOptions } from "./options.ts";

/**
 * What is in the log is applied by every member, whatever it is: numbers that nobody can apply must not get there. Throws
 * `OptionError`.
 */
export function checkOnce({ session, sequence, answered }: OnceOptions): void {
  const least = { session: [session, 1], sequence: [sequence, 1], answered: [answered, 0] } as const;
  for (const [name, [value, from]] of Object.entries(least))
    if (!Number.isSafeInteger(value) || value < from)
      throw new OptionError(`once.${name} must be an integer of at least ${from}, not ${shown(value)}.`);
}

/** Groups are named as nodes are: what a channel, a folder and the transport can bear. Throws `OptionError`. */
export function checkName(what: string, name: unknown): void {
  if (!isNodeId(name))
    throw new OptionError(`${what} must be 1 to 64 characters of [A-Za-z0-9._-], not ${shown(name)}.`);
}

/** Nobody could reach a member that no transport has a name for, and it would count all the same. Throws `OptionError`. */
export function checkNodeIds(what: string, ids: unknown): void {
  if (!Array.isArray(ids)) throw new OptionError(`${what} must be an array of node ids, not ${shown(ids)}.`);
  for (const id of ids) checkName(`Every node id in ${what}`, id);
}

/** Past deadlines are as good as any, but NaN never comes. Throws `OptionError`. */
export function checkWait({ timeoutMs }: Wait): void {
  if (timeoutMs !== undefined && (typeof timeoutMs !== "number" || Number.isNaN(timeoutMs)))
    throw new OptionError(`timeoutMs must be a number of milliseconds, not ${shown(timeoutMs)}.`);
}

/** Throws `OptionError`. */
export function checkSessions(options: SessionOptions = {}): void {
  for (const name of ["sessionTimeoutMs", "sessionsMax", "answersMax"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value >= 1))
      throw new OptionError(`sessions.${name} must be a number of at least 1, not ${shown(value)}.`);
  }
}

/** Throws `OptionError`. */
export function checkStateMachine(machine: unknown): void {
  if (typeof machine !== "object" || machine === null)
    throw new OptionError(`stateMachine must be what the group drives, not ${shown(machine)}.`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
