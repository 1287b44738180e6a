import test from "ava";
import { firstExample } from "../readme.ts";

test("the first ts block is taken, other languages are passed over", (t) => {
  const markdown = "# x\n\n```sh\nnpm install x\n```\n\n```ts\nimport 'x'\n```\n\n```ts\nlater\n```\n";
  t.is(firstExample(markdown), "import 'x'\n");
});

test("a README without a ts block has no example", (t) => {
  t.is(firstExample("```tsx\n<p/>\n```\nprose with ```ts in it\n"), undefined);
});

test("a block that is never closed is no example", (t) => {
  t.is(firstExample("```ts\nimport 'x'\n"), undefined);
});
