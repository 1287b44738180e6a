import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const named = process.env.CHROMIUM;

/** A real browser on this machine: the one named in CHROMIUM, or one in the usual places; undefined without one. */
export const chromium: string | undefined = (named === undefined ? places : [named]).find((place) =>
  existsSync(place),
);

/** The browser stays in its folder and talks to nobody but the page's server. */
export const chromiumFlags: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
