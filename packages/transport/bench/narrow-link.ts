// A link that is narrower than a processor, in a process of its own: passes TCP connections on, and what their near
// ends send at so many bits per second in all. Connections get the link in turns, packet by packet, as Linux's own
// queues (fq, fq_codel) do; a link that serves first come, first served would be another.
import { connect, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

const path = process.argv[2]!;
const bytesPerMs = Number(process.argv[3]) / 8_000;
const packetBytes = 1_500;
/** What a late timer cost may be made up for, this much of it: the burst that a token bucket allows. */
const burstMsMax = 3;

interface Flow {
  readonly from: Socket;
  readonly to: Socket;
  queued: boolean;
}

const flows: Flow[] = [];
let freeAt = 0;
let timer: NodeJS.Timeout | undefined;

function serve(): void {
  timer = undefined;
  const now = performance.now();
  freeAt = Math.max(freeAt, now - burstMsMax);
  while (freeAt <= now) {
    const flow = flows.shift();
    if (flow === undefined) return;
    const packet = flow.from.read(Math.min(packetBytes, flow.from.readableLength)) as Buffer | null;
    flow.queued = packet !== null;
    if (packet === null) continue;
    flow.to.write(packet);
    freeAt += packet.length / bytesPerMs;
    flows.push(flow);
  }
  timer = setTimeout(serve, Math.ceil(freeAt - now));
}

const server = createServer({ noDelay: true, highWaterMark: 4 * packetBytes }, (from) => {
  const to = connect({ path });
  const flow: Flow = { from, to, queued: false };
  from.on("readable", () => {
    if (!flow.queued) flows.push(flow);
    flow.queued = true;
    if (timer === undefined) serve();
  });
  to.pipe(from);
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
});

process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.send!((server.address() as { port: number }).port));
