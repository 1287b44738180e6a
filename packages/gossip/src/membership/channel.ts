import type { Channel, NodeId, Transport } from "@coterie/transport";
import { Message } from "../gen/membership.ts";
import { isBulk } from "./comparison.ts";

/**
 * One channel out of two: what many records make large travels on the bulk lane, so that no question whether a member
 * is alive ever waits behind it. A full outbox drops what is droppable: all of this will be said again.
 */
export function openLanes(transport: Transport): Channel<Message> {
  const control = transport.open("membership", Message, { lane: "control", droppable: true });
  const bulk = transport.open("membership/pages", Message, { lane: "bulk", droppable: true });
  return {
    name: control.name,
    send: (to: NodeId, message: Message) =>
      (isBulk(message.kind) || message.kind?.$case === "answer" ? bulk : control).send(to, message),
    receive(receiver) {
      control.receive(receiver);
      bulk.receive(receiver);
    },
    drained: (to: NodeId) => control.drained(to),
    [Symbol.dispose]() {
      control[Symbol.dispose]();
      bulk[Symbol.dispose]();
    },
  };
}
