// A publisher and a subscriber. Run: node publish.ts
import { createTopics, createZmqTransport, jsonCodec, systemClock } from "@coterie/transport";

const clock = systemClock();
const station = await createZmqTransport({ id: "station", listen: "tcp://127.0.0.1:*" });
const listener = await createZmqTransport({ id: "listener", listen: "tcp://127.0.0.1:*" });
listener.connect("station", station.address);

const weather = createTopics({ transport: station, clock }, jsonCodec<number>(), { retainedMax: 100 });
weather.publish("temperature/oslo", -3); // retained: who subscribes later gets it first
const radio = createTopics({ transport: listener, clock }, jsonCodec<number>());
const rome = Promise.withResolvers<void>();
radio.subscribe("station", "temperature/", (degrees, { topic }) => {
  console.log(topic, degrees);
  if (topic === "temperature/rome") return rome.resolve();
  // The subscription has arrived: what is published from now on is heard as well.
  weather.publish("wind/rome", 4); // nobody wants it: it does not travel
  weather.publish("temperature/rome", 17);
});
await rome.promise;

radio[Symbol.dispose]();
weather[Symbol.dispose]();
await listener[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
