// Keeps a core busy until it is killed, for a minute at most.
const until = performance.now() + 60_000;
while (performance.now() < until);
