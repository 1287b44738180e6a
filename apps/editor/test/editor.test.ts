import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import anyTest, { type TestFn } from "ava";
import { type BrowserContext, chromium as browser, type Page } from "playwright-core";
import { type EditorServer, serveEditor } from "../src/server.ts";
import { chromium, chromiumFlags } from "./chromium.ts";

interface Context {
  readonly server: EditorServer;
  readonly folder: string;
  readonly browser: BrowserContext;
}

const test = anyTest as TestFn<Context>;
const inBrowser = chromium === undefined ? test.skip : test.serial;
if (chromium === undefined)
  console.error(
    "\n*** NO BROWSER FOUND: the demo page is NOT tested. Install chromium, or name one in CHROMIUM. ***\n",
  );

test("the page is one file that loads nothing, and there is nothing else", async (t) => {
  await using server = await serveEditor(0);
  const response = await fetch(server.address);
  const html = await response.text();
  t.is(response.status, 200);
  t.regex(response.headers.get("content-security-policy")!, /default-src 'none'/);
  t.notRegex(html, /<(script|link|img)[^>]+(src|href)="(?!data:)/);
  t.is((await fetch(new URL("/other", server.address))).status, 404);
});

const executablePath = chromium;
if (executablePath !== undefined) {
  test.before(async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "editor-"));
    const context = await browser.launchPersistentContext(folder, {
      executablePath,
      args: [...chromiumFlags],
      viewport: { width: 1280, height: 760 },
    });
    // A busy machine is no fault of the page.
    context.setDefaultTimeout(120_000);
    t.context = { server: await serveEditor(0), folder, browser: context };
  });
  test.after.always(async ({ context }) => {
    await context.browser?.close();
    await context.server?.[Symbol.asyncDispose]();
    if (context.folder) await rm(context.folder, { recursive: true, force: true });
  });
}

const editorOf = (page: Page, who: string) => page.locator(`#${who} .cm-content`);
const textOf = async (page: Page, who: string): Promise<string> =>
  (await page.locator(`#${who} .cm-line`).allInnerTexts()).map((line) => line.replace(/\n$/, "")).join("\n");

/** Opens the page, empties both texts and waits until both are. */
async function open({ server, browser: context }: Context): Promise<Page> {
  const page = await context.newPage();
  await page.goto(server.address);
  await type(page, "left", "ControlOrMeta+a", "Delete");
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".cm-line")].every((line) => line.textContent === ""),
  );
  return page;
}

/** Presses keys or, when it is not the name of one, inserts a text. */
async function type(page: Page, who: string, ...keys: readonly string[]): Promise<void> {
  await editorOf(page, who).focus();
  for (const key of keys) {
    if (/^([A-Z]\w+|ControlOrMeta\+\w)$/.test(key)) await page.keyboard.press(key);
    // At once: what is typed letter by letter may rightly get the other's letters in between.
    else await page.keyboard.insertText(key);
  }
}

async function untilTogether(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const [left, right] = ["left", "right"].map((who) =>
      [...document.querySelectorAll(`#${who} .cm-line`)].map((line) => line.firstChild?.textContent ?? ""),
    );
    return (
      document.getElementById("state")!.textContent === "together" &&
      left!.length === right!.length &&
      left!.length > 0
    );
  });
}

inBrowser("what one types the other sees, and where the caret stands", async (t) => {
  const page = await open(t.context);
  await type(page, "left", "hello");
  await page.waitForFunction(() =>
    document.querySelector("#right .cm-content")!.textContent!.startsWith("hello"),
  );
  await type(page, "right", "End", " world");
  await page.waitForFunction(() =>
    document.querySelector("#left .cm-content")!.textContent!.includes("hello world"),
  );
  await page.locator("#left .caret[data-name=Right]").waitFor();
  await page.locator("#right .caret[data-name=Left]").waitFor();
  t.is(await page.locator("#right .caret[data-name=Right]").count(), 0, "not one's own");
  await page.close();
});

inBrowser("while the link is cut both go on, and when it heals both have the same text", async (t) => {
  const page = await open(t.context);
  await type(page, "left", "shared");
  await page.waitForFunction(() =>
    document.querySelector("#right .cm-content")!.textContent!.startsWith("shared"),
  );
  await page.getByRole("button", { name: "Cut the link" }).click();
  await type(page, "left", "End", " by left 😀");
  await type(page, "right", "Home", "right's ");
  await page.waitForFunction(() => document.getElementById("state")!.textContent === "apart");
  t.is(await textOf(page, "left"), "shared by left 😀");
  t.is(await textOf(page, "right"), "right's shared");
  await page.getByRole("button", { name: "Heal the link" }).click();
  await untilTogether(page);
  t.is(await textOf(page, "left"), "right's shared by left 😀");
  t.is(await textOf(page, "right"), "right's shared by left 😀");
  await page.close();
});

inBrowser("undo takes back one's own typing and leaves the other's", async (t) => {
  const page = await open(t.context);
  await type(page, "left", "a");
  await page.waitForFunction(() =>
    document.querySelector("#right .cm-content")!.textContent!.startsWith("a"),
  );
  await type(page, "right", "End", "b");
  await page.waitForFunction(() => document.querySelector("#left .cm-content")!.textContent!.includes("ab"));
  await type(page, "left", "ControlOrMeta+z");
  await page.waitForFunction(() =>
    document.querySelector("#right .cm-content")!.textContent!.startsWith("b"),
  );
  await untilTogether(page);
  t.is(await textOf(page, "left"), "b");
  await type(page, "left", "ControlOrMeta+y");
  await page.waitForFunction(() =>
    document.querySelector("#right .cm-content")!.textContent!.startsWith("ab"),
  );
  t.is(await textOf(page, "left"), "ab");
  await page.close();
});

inBrowser("over a link that loses every other message, all that was typed arrives", async (t) => {
  const page = await open(t.context);
  await page.locator("#loss").fill("50");
  for (let at = 0; at < 5; at++) {
    await type(page, "left", "End", `a${at}`, "Enter");
    await type(page, "right", "Home", `b${at}`);
  }
  await untilTogether(page);
  const text = await textOf(page, "left");
  t.is(await textOf(page, "right"), text);
  for (let at = 0; at < 5; at++) {
    t.true(text.includes(`a${at}`));
    t.true(text.includes(`b${at}`));
  }
  await page.close();
});
