import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A real browser on this machine, by CHROMIUM or in the usual places; undefined when there is none. */
export const chromium: string | undefined = [process.env.CHROMIUM, ...places].find(
  (place) => place !== undefined && existsSync(place),
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
