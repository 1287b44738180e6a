// One planted bug in a process of its own, since a bug cannot be taken out again: `node hunt.ts NAME`. Prints the first
// seed that finds it and as what.
import { simulate } from "@coterie/simulation";
import { plant } from "@coterie/simulation/plant";
import { planted } from "../simulation/planted.ts";

const bug = planted.find(({ name }) => name === process.argv[2])!;
plant(bug);
// Only now: whatever may hold the bug must be loaded after it was planted.
const { suite } = await import(`../simulation/${bug.suite}.suite.ts`);
for (let seed = 1; seed <= bug.withinSeeds; seed++) {
  const { violation } = await simulate({ ...suite, seed });
  if (violation === undefined) continue;
  console.log(`seed ${seed}: ${violation.kind}`);
  process.exit();
}
console.log(`not found within ${bug.withinSeeds} seeds`);
process.exitCode = 1;
