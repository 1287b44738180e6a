import { Supervisor } from "../supervisor/supervisor.ts";
import { table } from "./output.ts";

export interface StartOptions {
  readonly nodes: number;
  readonly cluster: string;
  readonly directory: string;
  readonly port: number;
  /** Encrypts and authenticates what the nodes say to each other. Default: false. */
  readonly secure?: boolean;
  readonly say: (text: string) => void;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

function describe(supervisor: Supervisor, leader: string): string {
  const rows = supervisor.members.map((member) => [
    member.id,
    member.id === leader ? "leader" : "follower",
    member.pid ?? "",
    member.url,
    member.settings.directory,
  ]);
  const [first, , third] = supervisor.members;
  const leaderPid = supervisor.member(leader).pid;
  return [
    table(["node", "role", "pid", "http", "data"], rows),
    "",
    "Try, in another terminal:",
    `  curl -X PUT -d hello ${first!.url}/kv/greeting`,
    `  kill -9 ${leaderPid}        # the leader; it is started again after a while`,
    `  curl ${(third ?? first!).url}/kv/greeting`,
    "",
    "Ctrl-C stops all of it.",
  ].join("\n");
}

/** Runs a cluster on this machine until the signal, starting again whatever is killed. */
export async function start(options: StartOptions): Promise<void> {
  await using supervisor = await Supervisor.create(options, {
    restartAfterMs: 2_000,
    onEnded: (member, { signal, lastWords }) =>
      options.say(
        signal
          ? `${member.id} was ended by ${signal}; it starts again in 2 s`
          : `${member.id} has stopped and stays down: ${lastWords || `see ${member.logFile}`}`,
      ),
  });
  const interrupted = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    else options.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  options.say(`starting ${options.nodes} nodes on ${options.directory}`);
  const leader = await Promise.race([supervisor.start(), interrupted]);
  if (leader) options.say(describe(supervisor, leader.id));
  await interrupted;
  options.say("stopping");
}
