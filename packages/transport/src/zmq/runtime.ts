import { UnsupportedNodeError } from "../errors.ts";

/** As `engines` of package.json says. */
const majorLeast = 22;

/** Installers only warn of an older Node.js, under which much works and then something does not. Throws `UnsupportedNodeError`. */
export function checkNode(version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) < majorLeast) throw new UnsupportedNodeError(version, majorLeast);
}
