// A process that appends numbered records for ever and says, one line each, up to which number they are durable.
import { fileDisk, openJournal } from "../../src/index.ts";
import { record } from "./records.ts";

const journal = await openJournal(fileDisk(process.argv[2]!), {
  folder: "journal",
  segmentBytes: 65536,
  replay: () => {},
});
for (let next = Number(process.argv[3]); ; ) {
  const sizes = [1 + (next % 9), 1, 3];
  await Promise.all(
    sizes.map((size) => journal.append(Array.from({ length: size }, () => record(next++, 100)))),
  );
  process.stdout.write(`${next}\n`);
}
