import test from "ava";
import { firstExample } from "../readme.ts";

test("the first ts or js block is taken, other languages are passed over", (t) => {
  const markdown = "# x\n\n```sh\nnpm install x\n```\n\n```ts\nimport 'x'\n```\n\n```ts\nlater\n```\n";
  t.deepEqual(firstExample(markdown), { language: "ts", code: "import 'x'\n" });
  t.deepEqual(firstExample("```js\n1\n```\n```ts\n2\n```\n"), { language: "js", code: "1\n" });
});

test("a README without such a block has no example", (t) => {
  t.is(firstExample("```tsx\n<p/>\n```\nprose with ```ts in it\n"), undefined);
});

test("a block that is never closed is no example", (t) => {
  t.is(firstExample("```ts\nimport 'x'\n"), undefined);
});
