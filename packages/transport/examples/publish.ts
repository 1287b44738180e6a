// A publisher and a subscriber. Run: node publish.ts
import { setTimeout as sleep } from "node:timers/promises";
import { createTopics, createZmqTransport, jsonCodec, systemClock } from "@coterie/transport";

const clock = systemClock();
const station = await createZmqTransport({ id: "station", listen: "tcp://127.0.0.1:*" });
const listener = await createZmqTransport({ id: "listener", listen: "tcp://127.0.0.1:*" });
listener.connect("station", station.address);

const weather = createTopics({ transport: station, clock }, jsonCodec<number>(), { retainedMax: 100 });
weather.publish("temperature/oslo", -3); // retained: who subscribes later gets it first
const radio = createTopics({ transport: listener, clock }, jsonCodec<number>());
radio.subscribe("station", "temperature/", (degrees, { topic }) => console.log(topic, degrees));
await sleep(300);
weather.publish("temperature/rome", 17);
weather.publish("wind/rome", 4); // nobody wants it: it does not travel
await sleep(100);

radio[Symbol.dispose]();
weather[Symbol.dispose]();
await listener[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
