// A reference that travels in a message: whoever works calls back who gave the work. Run: node reference.ts
import {
  createRpc,
  createZmqTransport,
  exportObject,
  followReference,
  jsonCodec,
  type Reference,
  systemClock,
} from "@coterie/transport";

// What ts-proto writes for a service with one method, here with JSON instead of generated codecs.
const Progress = {
  name: "Progress",
  fullName: "demo.Progress",
  methods: {
    report: {
      name: "Report",
      requestType: jsonCodec<{ step: number }>(),
      requestStream: false,
      responseType: jsonCodec<{ goOn: boolean }>(),
      responseStream: false,
      options: {},
    },
  },
} as const;
const work = {
  name: "demo/Work",
  request: jsonCodec<{ steps: number; progress: Reference }>(),
  response: jsonCodec<{ steps: number }>(),
};

const clock = systemClock();
const worker = await createZmqTransport({ id: "worker", listen: "tcp://127.0.0.1:*" });
const working = createRpc({ transport: worker, clock });
working.serve(work, async ({ steps, progress }) => {
  // Disposing of the stub releases the object at its owner.
  using stub = followReference(working, Progress, progress);
  let step = 0;
  while (step < steps && (await stub.report({ step: ++step })).goOn);
  return { steps: step };
});

const client = await createZmqTransport({ id: "client", listen: "tcp://127.0.0.1:*" });
client.connect("worker", worker.address);
const asking = createRpc({ transport: client, clock });
const progress = exportObject(asking, "client", Progress, {
  report({ step }) {
    console.log(`step ${step}`);
    return { goOn: step < 3 };
  },
});
console.log(await asking.call("worker", work, { steps: 10, progress: progress.reference }));

asking[Symbol.dispose]();
working[Symbol.dispose]();
await client[Symbol.asyncDispose]();
await worker[Symbol.asyncDispose]();
