import { Context, Dealer, Router } from "zeromq";
import { Countdown, type FarRoad, type NearRoad } from "./road.ts";

/** zeromq.js as its documentation shows it: `await send` for each message, `for await` to receive. */
export async function farZeromq(): Promise<FarRoad> {
  const context = new Context();
  const oneway = new Router({ context, linger: 0 });
  const ping = new Router({ context, linger: 0 });
  await oneway.bind("tcp://127.0.0.1:*");
  await ping.bind("tcp://127.0.0.1:*");
  const countdown = new Countdown();
  void (async () => {
    for await (const _ of oneway) countdown.count(1);
  })();
  void (async () => {
    for await (const message of ping) await ping.send(message);
  })();
  return {
    address: `${oneway.lastEndpoint} ${ping.lastEndpoint}`,
    expect: (count, done) => countdown.expect(count, done),
  };
}

/**
 * `fresh` writes every message into a buffer of its own, as whoever sends different messages must; otherwise one
 * buffer, warm in the cache, is sent again and again.
 */
export async function nearZeromq(address: string, fresh: boolean): Promise<NearRoad> {
  const context = new Context();
  const [oneway, ping] = address.split(" ").map((endpoint) => {
    const dealer = new Dealer({ context, linger: 0 });
    dealer.connect(endpoint);
    return dealer;
  });
  return {
    async send(bytes, count) {
      const message = Buffer.alloc(bytes);
      for (let i = 0; i < count; i++) await oneway!.send(fresh ? Buffer.from(message) : message);
    },
    async ping(bytes) {
      await ping!.send(Buffer.alloc(bytes));
      await ping!.receive();
    },
    async close() {
      oneway!.close();
      ping!.close();
    },
  };
}
