import test from "ava";
import fc from "fast-check";
import { ringNeighbours } from "../src/index.ts";

const members = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 60 });

test("links are mutual, few, never to oneself, and connect everybody", (t) => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 4 }), (ids, rings) => {
      const links = new Map(ids.map((id) => [id, ringNeighbours(ids, id, rings)]));
      for (const [id, neighbours] of links) {
        t.true(neighbours.length <= 2 * rings);
        t.false(neighbours.includes(id));
        for (const other of neighbours) t.true(links.get(other)!.includes(id), `${id} and ${other}`);
      }
      const reached = new Set([ids[0]!]);
      for (const id of reached) for (const other of links.get(id)!) reached.add(other);
      t.is(reached.size, ids.length);
    }),
  );
});

test("the order of the list does not matter, and one who leaves changes the links of few", (t) => {
  const ids = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const sorted = (neighbours: readonly string[]) => [...neighbours].sort();
  const without = ids.filter((id) => id !== "n42");
  let changed = 0;
  for (const id of without) {
    t.deepEqual(sorted(ringNeighbours([...ids].reverse(), id)), sorted(ringNeighbours(ids, id)));
    if (sorted(ringNeighbours(without, id)).join() !== sorted(ringNeighbours(ids, id)).join()) changed++;
  }
  t.true(changed <= 6);
});
