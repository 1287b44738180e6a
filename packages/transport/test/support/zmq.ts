import { setTimeout as sleep } from "node:timers/promises";
import { createZmqTransport, type Transport, type ZmqTransportOptions } from "@coterie/transport";
import type { ExecutionContext } from "ava";
import { Dealer } from "zeromq";

/** A transport on a free loopback port, closed with the test. */
export async function listenOnLoopback(
  t: ExecutionContext,
  id: string,
  options: Partial<ZmqTransportOptions> = {},
): Promise<Transport> {
  const transport = await createZmqTransport({ id, listen: "tcp://127.0.0.1:*", ...options });
  t.teardown(() => transport[Symbol.asyncDispose]());
  return transport;
}

/** A bare socket that says whatever it likes: the hostile, broken or outdated peer. */
export function stranger(t: ExecutionContext, routingId: string, address: string): Dealer {
  const dealer = new Dealer({ routingId, linger: 0 });
  dealer.connect(address);
  t.teardown(() => dealer.close());
  return dealer;
}

/** Waits for what sockets do in their own time; fails the test when it never comes. */
export async function until(t: ExecutionContext, condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 6_000 && !condition(); i++) await sleep(5);
  t.true(condition(), what);
}
