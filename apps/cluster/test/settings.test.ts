import test from "ava";
import { type NodeFlags, parseEndpoint, parseSettings } from "../src/node/settings.ts";

const flags: NodeFlags = {
  id: "n1",
  cluster: "demo",
  directory: "data/n1",
  http: "127.0.0.1:7101",
  peers: "n1=tcp://127.0.0.1:7201,n2=tcp://127.0.0.1:7202",
};

test("settings are read from flags", (t) => {
  const settings = parseSettings(flags);
  t.deepEqual(settings.http, { host: "127.0.0.1", port: 7101 });
  t.deepEqual(
    [...settings.peers],
    [
      ["n1", "tcp://127.0.0.1:7201"],
      ["n2", "tcp://127.0.0.1:7202"],
    ],
  );
});

test("with seeds only this node's own address must be given", (t) => {
  const settings = parseSettings({
    ...flags,
    peers: "n1=tcp://127.0.0.1:7201,n2,n3",
    seeds: "tcp://h:1,tcp://i:2",
  });
  t.deepEqual(settings.voters, ["n1", "n2", "n3"]);
  t.deepEqual([...settings.peers.keys()], ["n1"]);
  t.deepEqual(settings.seeds, ["tcp://h:1", "tcp://i:2"]);
});

test("a port alone is on loopback, and IPv6 stands in brackets", (t) => {
  t.deepEqual(parseEndpoint("http", "8080"), { host: "127.0.0.1", port: 8080 });
  t.deepEqual(parseEndpoint("http", "[::1]:8080"), { host: "::1", port: 8080 });
  t.deepEqual(parseEndpoint("http", "localhost:0"), { host: "localhost", port: 0 });
});

const bad: [name: string, change: Partial<NodeFlags>, message: RegExp][] = [
  ["this node missing from the peers", { id: "n3" }, /no address for this node: add n3=tcp/],
  ["no peers at all", { peers: "" }, /--peers/],
  ["a peer without an address", { peers: "n1=tcp://127.0.0.1:7201,n2" }, /"n2" is not ID=tcp:\/\/HOST:PORT/],
  ["a seed that is no address", { seeds: "n2" }, /--seeds "n2": write tcp:/],
  [
    "this node without an address, though there is a seed",
    { peers: "n1,n2", seeds: "tcp://h:1" },
    /no address for this node/,
  ],
  ["a peer on another protocol", { peers: "n1=http://127.0.0.1:7201" }, /is not ID=tcp/],
  ["a peer named twice", { peers: `${flags.peers},n1=tcp://127.0.0.1:7203` }, /names n1 twice/],
  ["an address given twice", { peers: `${flags.peers},n3=tcp://127.0.0.1:7201` }, /to two nodes/],
  ["a name with a slash", { id: "../n1" }, /--id "\.\.\/n1"/],
  ["an empty cluster name", { cluster: "" }, /--cluster ""/],
  ["a port out of range", { http: "127.0.0.1:70000" }, /--http/],
  ["no port", { http: "localhost" }, /--http/],
  ["an address with too many colons", { http: "::1:80" }, /--http/],
];

for (const [name, change, message] of bad)
  test(`bad settings: ${name}`, (t) => {
    t.throws(() => parseSettings({ ...flags, ...change }), { code: "SETTINGS", message });
  });
