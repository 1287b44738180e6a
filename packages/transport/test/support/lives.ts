import type { Transport } from "@coterie/transport";
import type { ExecutionContext } from "ava";
import { text } from "./text.ts";
import { type listenOnLoopback, until } from "./zmq.ts";

/** `a` reaches `b`, which listens there, and reaches it again when it has ended and begun another life. Answers `a`. */
export async function reachTwoLives(
  t: ExecutionContext,
  node: typeof listenOnLoopback,
  listen: string,
): Promise<Transport> {
  const a = await node(t, "a", { reconnectMs: 10 });
  const first = await node(t, "b", { listen, epoch: 1 });
  const { address } = first;
  const heard: string[] = [];
  first.open("text", text).receive((_, message) => heard.push(message));
  a.connect("b", address);
  const channel = a.open("text", text);
  channel.send("b", "one");
  await until(t, () => heard.length === 1, "the first life is reached");
  await first[Symbol.asyncDispose]();
  const second = await node(t, "b", { listen: address, epoch: 2 });
  second.open("text", text).receive((_, message) => heard.push(message));
  await until(t, () => channel.send("b", "two") && heard.length > 1, "the second life is reached");
  return a;
}
