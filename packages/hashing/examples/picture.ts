// Draws the picture of the README: node --conditions=@coterie/source examples/picture.ts > docs/ring.svg
import { draw, HashRing } from "@coterie/hashing";

// Few points and few nodes, so that single arcs can be seen.
const options = { virtualNodes: 8, arcs: 4096 };
const before = new HashRing(["ada", "bob", "cleo", "dan", "eve"], options);
const after = new HashRing(["ada", "bob", "cleo", "dan", "eve", "fay"], options);

process.stdout.write(draw(before, after, { title: "A ring of five nodes, and fay joins" }));
