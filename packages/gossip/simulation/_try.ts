import { simulate } from "@coterie/simulation";
import { suite } from "/work/main/packages/gossip/simulation/gossip-map.suite.ts";
const from=+process.argv[2]!, to=+process.argv[3]!;
const t=performance.now(); let events=0;
for (let seed=from; seed<to; seed++){ const r=await simulate({...suite, seed}); events+=r.events; if(!r.ok){console.log("seed",seed, r.violation!.kind, r.violation!.message, r.violation!.atMs); const cause=r.violation!.cause as any; if(cause) console.log(cause.stack?.split("\n").slice(0,6).join("\n")); if(process.argv[4]) console.log(r.story.slice(0,4000))}}
console.log(to-from,"worlds",events,"events",((performance.now()-t)/1000).toFixed(1),"s");
