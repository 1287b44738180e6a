import test from "ava";
import fc from "fast-check";
import { CallTable } from "../src/rpc/call-table.ts";

type Step = { readonly add: true } | { readonly add: false; readonly which: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ add: true }) },
    { weight: 2, arbitrary: fc.record({ add: fc.constant(false as const), which: fc.nat() }) },
  ),
  { maxLength: 1_000 },
);

test("a table holds what was added until it is taken out, under ids that nothing else has", (t) => {
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 0xffff_ff00), (plan, lastId) => {
      const table = new CallTable<{ readonly id: number }>(lastId);
      const model = new Map<number, { readonly id: number }>();
      for (const step of plan) {
        if (step.add) {
          const call = { id: table.nextId() };
          if (model.has(call.id) || call.id >>> 0 !== call.id) return false;
          table.add(call);
          model.set(call.id, call);
        } else if (model.size > 0) {
          const call = [...model.values()][step.which % model.size]!;
          table.delete(call);
          model.delete(call.id);
          if (table.get(call.id) !== undefined) return false;
        }
        if (table.size !== model.size) return false;
      }
      for (const call of model.values()) if (table.get(call.id) !== call) return false;
      return new Set(table).size === model.size && [...table].every((call) => model.get(call.id) === call);
    }),
  );
  t.pass();
});

test("an id that is not in the table finds nothing, though its slot is taken", (t) => {
  const table = new CallTable<{ readonly id: number }>();
  const call = { id: table.nextId() };
  table.add(call);
  t.is(table.get(call.id + 64), undefined);
  table.delete({ id: call.id });
  t.is(table.get(call.id), call, "what was never added takes out nothing");
  table.delete(call);
  table.delete(call);
  t.is(table.size, 0);
});

test("a call that waits long is passed over when the ids come round to its slot", (t) => {
  const table = new CallTable<{ readonly id: number }>();
  const patient = { id: table.nextId() };
  table.add(patient);
  for (let i = 0; i < 10_000; i++) {
    const call = { id: table.nextId() };
    table.add(call);
    table.delete(call);
  }
  t.is(table.get(patient.id), patient);
  t.is(table.size, 1);
});
