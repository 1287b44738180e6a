import { Configuration, type Entry, EntryKind, type Message, type Member as Named } from "../src/gen/raft.ts";
import { Cores, type Envelope, type Member } from "./cores.ts";

/*
 * Scenarios as text. A file is a list of blocks: command lines, a line `----`, and the transcript they must give.
 *
 *   members a b c [electionTimeoutMs=1000 ...]   begins
 *   timeout a                                    time passes until a wants something
 *   advance MS                                   time passes; members act only when they are due
 *   wait MS                                      time passes; nobody acts on it yet
 *   propose a TEXT      read a      transfer a [to]
 *   deliver [FILTER]    drop [FILTER]            the oldest message that fits / all that fit
 *   settle [FILTER]                              delivers until nothing fits is left
 *   disk slow|instant   write a [COUNT]          persists complete at `write` only
 *   crash a             restart a on its journal
 *   log a TERM...       starts a on a log of entries of these terms
 *   campaign a          begins an election now   forget a     forgets the leader
 *   join d [witness]    change a voters=a,b,c learners=d [witness=c] [priority.b=2] [leave=explicit]
 *   lost a b            found a b                a's host hears of b's process no longer, or again
 *   leave a             ends a joint configuration that was to be left explicitly
 *   snapshot a          of all that a has applied
 *   install a b         b has a's snapshot       installed a b | not-installed a b    a learns of it
 *   compact a INDEX     network                  lists what is on its way
 *   status              role, term, commit and log of everyone
 *
 *   FILTER: words of the form `a>b`, `a>`, `>b`, `a<>b` (either way) or a message's kind
 */

const text = new TextDecoder();

export function runScenario(source: string): string {
  const scenario = new Scenario();
  return source
    .split(/\n\n+/)
    .map((block) => block.trim())
    .filter(Boolean)
    .map((block) => {
      const commands = block.split("\n----")[0]!.split("\n");
      const output = commands
        .filter((line) => !line.startsWith("#"))
        .flatMap((line) => scenario.run(line.trim().split(/\s+/)));
      return `${commands.join("\n")}\n----\n${output.join("\n") || "ok"}`;
    })
    .join("\n\n")
    .concat("\n");
}

class Scenario {
  #cores = new Cores(["a"]);

  run([command, ...args]: string[]): string[] {
    const [id, ...rest] = args;
    const cores = this.#cores;
    const before = new Map([...cores.members.values()].map((m) => [m, m.own.length]));
    const sentBefore = new Set(cores.network);
    const lines: string[] = [];
    switch (command) {
      case "members":
        return this.#begin(args);
      case "timeout":
        cores.timeout(id!);
        break;
      case "advance":
        cores.now += Number(id);
        for (const member of cores.members.values()) {
          if (member.core.deadline > cores.now) continue;
          member.core.advance(cores.now);
          cores.drain(member.id);
        }
        break;
      case "wait":
        cores.now += Number(id);
        break;
      case "propose":
        cores.propose(id!, rest.join(" "));
        break;
      case "read":
        cores.get(id!).core.read(cores.now);
        cores.drain(id!);
        break;
      case "transfer":
        if (cores.get(id!).core.transferLeadership(rest[0], cores.now) === null)
          lines.push(`${id} cannot hand over to ${rest[0] ?? "anybody"}`);
        cores.drain(id!);
        break;
      case "campaign":
        cores.get(id!).core.campaign(cores.now);
        cores.drain(id!);
        break;
      case "lost":
      case "found":
        cores.get(id!).core.peerChanged(rest[0]!, command === "found", cores.now);
        cores.drain(id!);
        break;
      case "forget":
        lines.push(
          cores.get(id!).core.forgetLeader(cores.now)
            ? `${id} forgets its leader`
            : `${id} has none to forget`,
        );
        cores.drain(id!);
        break;
      case "log":
        cores.remember(id!, rest.map(Number));
        before.set(cores.get(id!), 0);
        break;
      case "join":
        cores.join(id!, rest[0] === "witness");
        return [status(cores.get(id!))];
      case "leave": {
        const answer = cores.get(id!).core.leaveJoint(cores.now);
        lines.push(typeof answer === "string" ? `refused: ${answer}` : `left at ${answer}`);
        cores.drain(id!);
        break;
      }
      case "change": {
        const list = (name: string) =>
          (rest.find((word) => word.startsWith(`${name}=`))?.split("=")[1] ?? "").split(",").filter(Boolean);
        const member = (name: string) => ({
          id: name,
          address: "",
          witness: list("witness").includes(name),
          priority: Number(list(`priority.${name}`)[0] ?? 0),
        });
        const wanted = {
          voters: list("voters").map(member),
          learners: list("learners").map(member),
          explicitLeave: list("leave")[0] === "explicit",
        };
        const answer = cores.get(id!).core.changeMembers(wanted, cores.now);
        lines.push(typeof answer === "string" ? `refused: ${answer}` : `begun at ${answer}`);
        cores.drain(id!);
        break;
      }
      case "snapshot":
        cores.takeSnapshot(id!);
        break;
      case "install":
        cores.installSnapshot(id!, rest[0]!);
        break;
      case "installed":
      case "not-installed":
        cores.transferred(id!, rest[0]!, command === "installed");
        break;
      case "compact":
        cores.get(id!).core.compact(Number(rest[0]));
        cores.drain(id!);
        break;
      case "deliver": {
        const envelope = cores.deliver(filter(args));
        lines.push(envelope ? `delivered ${show(envelope)}` : "nothing to deliver");
        break;
      }
      case "drop":
        lines.push(`dropped ${cores.drop(filter(args))}`);
        break;
      case "settle":
        cores.settle(filter(args));
        break;
      case "disk":
        cores.instantDisk = id === "instant";
        break;
      case "write":
        for (let i = 0; i < Number(rest[0] ?? 1); i++) cores.write(id!);
        cores.drain(id!);
        break;
      case "crash":
        cores.restart(id!);
        before.set(cores.get(id!), cores.get(id!).own.length);
        break;
      case "network":
        return cores.network.map(show);
      case "status":
        return [...cores.members.values()].map(status);
      default:
        throw new Error(`unknown command ${command}`);
    }
    for (const [member, count] of before)
      lines.push(...member.own.slice(count).flatMap((e) => own(member, e)));
    if (command !== "settle") for (const e of cores.network) if (!sentBefore.has(e)) lines.push(show(e));
    return lines;
  }

  #begin(args: string[]): string[] {
    const ids = args.filter((arg) => !arg.includes("="));
    const options: Record<string, unknown> = {};
    const priorities: Record<string, number> = {};
    for (const [name = "", value = ""] of args
      .filter((arg) => arg.includes("="))
      .map((arg) => arg.split("="))) {
      if (name.startsWith("priority.")) priorities[name.slice("priority.".length)] = Number(value);
      else if (name === "witness") options.witness = value;
      else if (name === "quiesceAfterMs") options.quiescence = { afterMs: Number(value), group: "" };
      else options[name] = name === "leaseReads" ? value === "true" : Number(value);
    }
    this.#cores = new Cores(ids, { ...options, priorities });
    return [...this.#cores.members.values()].map(status);
  }
}

function filter(words: readonly string[]): (e: Envelope) => boolean {
  return ({ from, to, message }) =>
    words.every((word) => {
      const pair = /^(\w+)<>(\w+)$/.exec(word);
      if (pair) return pair.slice(1).includes(from) && pair.slice(1).includes(to);
      const link = /^(\w*)>(\w*)$/.exec(word);
      if (!link) return message.body!.$case.toLowerCase().startsWith(word.toLowerCase());
      return (link[1] === "" || link[1] === from) && (link[2] === "" || link[2] === to);
    });
}

function show({ from, to, message }: Envelope): string {
  return `${from}>${to} t${message.term} ${describe(message)}`;
}

function entries(list: readonly Entry[]): string {
  return list.map(({ index, term, kind, data }) => `${index}/${term}${content(kind, data)}`).join(" ");
}

function content(kind: EntryKind, data: Uint8Array): string {
  if (kind === EntryKind.NOOP) return "";
  if (kind === EntryKind.WITHHELD) return "=?";
  return kind === EntryKind.COMMAND ? `=${text.decode(data)}` : `=(${members(Configuration.decode(data))})`;
}

function describe({ body }: Message): string {
  switch (body!.$case) {
    case "voteRequest": {
      const v = body!.value;
      return `${v.preVote ? "pre-vote" : "vote"}? last ${v.lastLogIndex}/${v.lastLogTerm}${v.transfer ? " by transfer" : ""}`;
    }
    case "voteResponse":
      return `${body!.value.preVote ? "pre-vote" : "vote"} ${body!.value.granted ? "granted" : "refused"}`;
    case "appendRequest": {
      const v = body!.value;
      return `append after ${v.prevLogIndex}/${v.prevLogTerm} [${entries(v.entries)}] commit ${v.leaderCommit} round ${v.round}`;
    }
    case "appendResponse": {
      const v = body!.value;
      return v.rejected
        ? `rejects ${v.index}, hint ${v.hintIndex}/${v.hintTerm}`
        : `holds ${v.index} round ${v.round}`;
    }
    case "heartbeat":
      return `heartbeat commit ${body!.value.leaderCommit} round ${body!.value.round}${body!.value.rest ? ", rest" : ""}`;
    case "heartbeatResponse":
      return `heartbeat answered round ${body!.value.round}${body!.value.resting ? ", resting" : ""}`;
    case "proposeRequest":
      return `propose #${body!.value.sequence} [${body!.value.proposals.map(({ data }) => text.decode(data)).join(" ")}]`;
    case "proposeResponse":
      return `wants proposal #${body!.value.next}`;
    case "readRequest":
      return "read index?";
    case "readResponse":
      return `read index ${body!.value.index}`;
    case "timeoutNow":
      return "campaign now";
    case "transferRefused":
      return "cannot campaign";
    default:
      throw new Error("a message without a body");
  }
}

function own(member: Member, effect: Member["own"][number]): string[] {
  switch (effect.type) {
    case "apply":
      return [`${member.id} applies ${entries(effect.entries)}`];
    case "role":
      return [`${member.id} is ${effect.role} in term ${effect.term}, leader ${effect.leader ?? "unknown"}`];
    case "read-ready":
      return [`${member.id} may read at ${effect.index}`];
    case "configuration":
      return [`${member.id} ${members(effect.configuration)}`];
    case "transfer":
      return [`${member.id} sends a snapshot to ${effect.to}`];
    case "restore":
      return [`${member.id} restores the snapshot of ${effect.meta.index}/${effect.meta.term}`];
    case "handover-failed":
      return [`${member.id} keeps the leadership: ${effect.to} ${effect.reason}`];
    default:
      return [`${member.id} ${effect.type}`];
  }
}

function members({ voters, outgoing, learners }: Configuration): string {
  const ids = (list: readonly Named[]) =>
    list
      .map(
        ({ id, witness, priority }) =>
          `${id}${witness ? " (witness)" : ""}${priority ? ` (priority ${priority})` : ""}`,
      )
      .join(" ");
  const joint = outgoing.length > 0 ? ` and voters ${ids(outgoing)}` : "";
  return `has voters ${ids(voters)}${joint}${learners.length > 0 ? `, learners ${ids(learners)}` : ""}`;
}

function status(member: Member): string {
  const { role, term, vote, commitIndex, log } = member.is;
  const held = [];
  for (let index = log.base.index + 1; index <= log.lastIndex; index++) held.push(member.entry(index));
  const base = log.base.index > 0 ? `..${log.base.index}/${log.base.term} ` : "";
  const quiet = member.is.isQuiet ? " quiet" : "";
  return `${member.id} ${role}${quiet} t${term} vote ${vote ?? "-"} commit ${commitIndex} log ${base}${entries(held) || "-"}`;
}
