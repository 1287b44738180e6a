import type { Supervisor } from "./supervisor.ts";

/** What was seen of leadership while it was watched. */
export interface Leadership {
  /** Terms in which a leader was seen, after the one that led when the watch began. */
  readonly elections: number;
  /** Milliseconds during which no running node led, to the precision of the polls. */
  readonly withoutLeaderMs: number;
}

export interface LeadershipWatch extends Disposable {
  seen(): Leadership;
}

/** Polls the running nodes for who leads, until disposed of. A node that was killed does not lead any more. */
export function watchLeadership(supervisor: Supervisor, everyMs = 10): LeadershipWatch {
  const terms = new Set<number>();
  let withoutLeaderMs = 0;
  let stopped = false;
  const poll = async (): Promise<void> => {
    let last = performance.now();
    while (!stopped) {
      const leaders = (await supervisor.statuses()).filter((status) => status?.role === "leader");
      for (const leader of leaders) terms.add(leader!.term);
      const now = performance.now();
      if (leaders.length === 0) withoutLeaderMs += now - last;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  void poll();
  return {
    seen: () => ({ elections: Math.max(0, terms.size - 1), withoutLeaderMs: Math.round(withoutLeaderMs) }),
    [Symbol.dispose]() {
      stopped = true;
    },
  };
}
