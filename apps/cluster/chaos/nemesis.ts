import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@coterie/host";
import type { Member } from "../src/supervisor/member.ts";
import type { Supervisor } from "../src/supervisor/supervisor.ts";
import type { Links, Pair } from "./links.ts";

/*
 * Fault model: processes end without warning, one, a majority or all at once, and are started again on their folders;
 * processes stand still for up to some seconds and go on as if nothing had been (SIGSTOP, SIGCONT); links between nodes
 * are cut for some seconds, both ways or one way, one of them, all of a node's, or between two halves: no byte gets
 * through and nobody is told, and then what was held arrives after all, or the connections are gone. Disks are those of
 * this machine: they are slow under load, and do not fail.
 */
export interface Nemesis {
  /** What was done, by name. */
  readonly done: ReadonlyMap<string, number>;
  /** Heals everything, and resolves once every node runs. */
  stop(): Promise<void>;
}

export function unleash(
  supervisor: Supervisor,
  links: Links,
  random: Random,
  say: (text: string) => void,
): Nemesis {
  const done = new Map<string, number>();
  const stopped = new AbortController();
  const between = (min: number, max: number): Promise<unknown> =>
    sleep(random.between(min, max), undefined, { signal: stopped.signal }).catch(() => {});
  const some = (count: number): Member[] => {
    const members = [...supervisor.members];
    while (members.length > count) members.splice(random.between(0, members.length - 1), 1);
    return members;
  };

  const kill = async (members: readonly Member[]): Promise<void> => {
    await Promise.all(members.map((member) => supervisor.kill(member)));
    await between(0, 1_500);
    await Promise.all(members.map((member) => supervisor.startMember(member)));
  };
  const pause = async (members: readonly Member[]): Promise<void> => {
    const pids = members.flatMap((member) => member.pid ?? []);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    await between(100, 4_000);
    for (const pid of pids) process.kill(pid, "SIGCONT");
  };
  const cut = async (pairs: readonly Pair[]): Promise<void> => {
    links.cut(pairs);
    await between(500, 4_000);
    links.heal(pairs, random.float() < 0.5);
  };
  const others = (member: Member): Member[] => supervisor.members.filter((other) => other !== member);
  const says = (member: Member): Pair[] => others(member).map((other) => [member.id, other.id]);
  const hears = (member: Member): Pair[] => others(member).map((other) => [other.id, member.id]);
  const both = (members: readonly Member[]): Pair[] => members.flatMap((m) => [...says(m), ...hears(m)]);
  const linkOf = (members: readonly Member[]): Pair[] =>
    both(members).filter(([from, to]) => members.every(({ id }) => id === from || id === to));
  const split = (): Pair[] => {
    const half = new Set(some(Math.floor(supervisor.members.length / 2)));
    const apart = ([from, to]: Pair): boolean =>
      half.has(supervisor.member(from)) !== half.has(supervisor.member(to));
    return both(supervisor.members).filter(apart);
  };
  const leader = async (): Promise<Member[]> => {
    const leading = (await supervisor.statuses()).find((status) => status?.role === "leader");
    return leading ? [supervisor.member(leading.id)] : [];
  };
  const majority = Math.floor(supervisor.members.length / 2) + 1;
  const faults: readonly [name: string, act: () => Promise<void>][] = [
    ["kill one", () => kill(some(1))],
    ["kill the leader", async () => kill(await leader())],
    ["kill a majority", () => kill(some(majority))],
    ["kill all", () => kill(supervisor.members)],
    ["pause one", () => pause(some(1))],
    ["pause the leader", async () => pause(await leader())],
    ["pause a majority", () => pause(some(majority))],
    ["cut a link one way", () => cut(linkOf(some(2)).slice(0, 1))],
    ["cut a link both ways", () => cut(linkOf(some(2)))],
    ["cut the leader off", async () => cut(both(await leader()))],
    ["keep the leader from being heard", async () => cut((await leader()).flatMap(says))],
    ["keep the leader from hearing", async () => cut((await leader()).flatMap(hears))],
    ["cut the nodes in two", () => cut(split())],
  ];

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await between(500, 3_000);
      if (stopped.signal.aborted) return;
      const [name, act] = faults[random.between(0, faults.length - 1)]!;
      say(name);
      await act();
      done.set(name, (done.get(name) ?? 0) + 1);
    }
  };
  const running = run();
  return {
    done,
    async stop() {
      stopped.abort();
      await running;
      await supervisor.start();
    },
  };
}
