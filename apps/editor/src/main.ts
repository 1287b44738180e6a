// Serves the demo until it is interrupted: `npm run editor`, or with another port, `npm run editor -- 8080`.
import { serveEditor } from "./server.ts";

const port = Number(process.argv[2] ?? 7180);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`A port is a number from 0 to 65535, not ${process.argv[2]}.`);
  process.exit(1);
}
const server = await serveEditor(port).catch((error: Error) => {
  console.error(`The demo cannot be served: ${error.message}`);
  process.exit(1);
});
console.log(`Two editors and a link between them: ${server.address}\nCtrl-C stops it.`);
process.once("SIGINT", () => server[Symbol.asyncDispose]());
process.once("SIGTERM", () => server[Symbol.asyncDispose]());
