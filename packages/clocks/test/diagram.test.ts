import test from "ava";
import {
  createVectorClock,
  type LoggedEvent,
  spaceTimeDiagram,
  toShiViz,
  versionVector,
} from "../src/index.ts";

/** p sends to q, q sends to r, p does something of its own. */
function smallLog(): LoggedEvent[] {
  const [p, q, r] = ["p", "q", "r"].map((id) => createVectorClock(id));
  const log: LoggedEvent[] = [];
  const first = p!.send();
  log.push({ process: "p", clock: first, label: "send" });
  q!.receive(first);
  log.push({ process: "q", clock: q!.stamp(), label: "receive" });
  const second = q!.send();
  log.push({ process: "q", clock: second, label: "forward" });
  r!.receive(second);
  log.push({ process: "r", clock: r!.stamp(), label: "arrive" });
  p!.tick();
  log.push({ process: "p", clock: p!.stamp(), label: "local" });
  return log;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

test("one line per process, one dot per event, one arrow per message", (t) => {
  const svg = spaceTimeDiagram(smallLog(), { title: "Three processes" });
  t.is(count(svg, 'class="life"'), 3);
  t.is(count(svg, 'class="event"'), 5);
  // p's knowledge reaches r through q: no arrow of its own.
  t.is(count(svg, 'class="message"'), 2);
  t.true(svg.startsWith("<svg ") && svg.trimEnd().endsWith("</svg>"));
  t.true(svg.includes("<title>Three processes</title>"));
  t.true(svg.includes("p: 1, q: 2, r: 1"));
});

test("the picture does not depend on the order of the log, but for the columns", (t) => {
  const log = smallLog();
  const shuffled = [log[0]!, log[2]!, log[3]!, log[4]!, log[1]!];
  t.is(spaceTimeDiagram(shuffled), spaceTimeDiagram(log));
});

test("causes stand above effects", (t) => {
  const svg = spaceTimeDiagram(smallLog());
  const heights = [...svg.matchAll(/<g><title>(\w) (\d)[\s\S]*?cy="(\d+)"/g)].map(
    ([, process, number, y]) => [`${process}${number}`, Number(y)],
  );
  const at = Object.fromEntries(heights) as Record<string, number>;
  t.true(at.p1! < at.q1! && at.q1! < at.q2! && at.q2! < at.r1!);
  t.true(at.p1! < at.p2!);
});

test("it is self-contained, and text cannot break out of it", (t) => {
  const hostile = `</title><script>alert("1")</script>&\u0000\ud800'`;
  const svg = spaceTimeDiagram(
    [{ process: hostile.slice(0, 30), clock: versionVector({ [hostile.slice(0, 30)]: 1 }), label: hostile }],
    {
      title: hostile,
    },
  );
  t.false(svg.includes("<script"));
  for (const character of ["\u0000", "\ud800"]) t.false(svg.includes(character));
  t.false(/(href|src)=|url\((?!#head)|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg)/.test(svg));
});

test("a log with holes still shows who learnt from whom", (t) => {
  const log = smallLog().filter(({ label }) => label !== "forward");
  const svg = spaceTimeDiagram(log);
  t.is(count(svg, 'class="message"'), 2, "r learnt from the last event of q that the log has");
});

test("news of an event that the log does not have draws no arrow from an older one that was known", (t) => {
  const log: LoggedEvent[] = [
    { process: "q", clock: versionVector({ q: 1 }) },
    { process: "p", clock: versionVector({ p: 1, q: 1 }) },
    { process: "p", clock: versionVector({ p: 2, q: 2 }) },
  ];
  t.is(count(spaceTimeDiagram(log), 'class="message"'), 1);
});

test("an empty log is an empty picture", (t) => {
  t.true(spaceTimeDiagram([]).includes("</svg>"));
  t.is(toShiViz([]).split("\n").length, 3);
});

test("stamps that contradict each other are refused by name", (t) => {
  const cases: LoggedEvent[][] = [
    [{ process: "p", clock: versionVector({ q: 1 }) }],
    [
      { process: "p", clock: versionVector({ p: 1 }) },
      { process: "p", clock: versionVector({ p: 1 }) },
    ],
    [
      { process: "p", clock: versionVector({ p: 2 }) },
      { process: "p", clock: versionVector({ p: 1, q: 5 }) },
    ],
    [
      { process: "q", clock: versionVector({ q: 1, z: 3 }) },
      { process: "p", clock: versionVector({ p: 7, q: 1 }) },
    ],
  ];
  for (const log of cases) {
    const error = t.throws(() => spaceTimeDiagram(log), { code: "CLOCKS_INVALID_HISTORY" });
    t.regex(error.message, /^Event \d of the log: /);
  }
  t.throws(() => spaceTimeDiagram([null] as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => spaceTimeDiagram("log" as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => spaceTimeDiagram([{ process: "p", clock: { p: 1 } as never }]), {
    code: "CLOCKS_INVALID_ARGUMENT",
  });
  const long = Array.from({ length: 10_001 }, (_, i) => ({
    process: "p",
    clock: versionVector({ p: i + 1 }),
  }));
  t.throws(() => spaceTimeDiagram(long), { code: "CLOCKS_TOO_LARGE" });
});

test("ShiViz finds its expression on the first line and every event with it", (t) => {
  const log: LoggedEvent[] = [
    ...smallLog(),
    { process: "node 1%", clock: versionVector({ "node 1%": 1 }), label: "two\nlines {}" },
  ];
  const [expression, delimiter, ...rest] = toShiViz(log).split("\n");
  t.is(delimiter, "");
  // ShiViz anchors the line it finds and matches it over the whole text, line by line.
  const matches = [...rest.join("\n").matchAll(new RegExp(`^${expression}$`, "gm"))].map(({ groups }) => ({
    ...groups,
  }));
  t.is(matches.length, log.length);
  for (const match of matches) {
    const clock = JSON.parse(match.clock!) as Record<string, number>;
    t.true(clock[match.host!]! >= 1, "each event counts its own host");
  }
  t.deepEqual(
    matches.find(({ host }) => host === "node%201%25"),
    { host: "node%201%25", clock: '{"node%201%25":1}', event: "two lines {}" },
  );
  t.deepEqual(
    matches.find(({ host }) => host === "p"),
    { host: "p", clock: '{"p":1}', event: "send" },
  );
});
