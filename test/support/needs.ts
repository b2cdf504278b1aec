import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "vitest";

/** A real part that a test needs: a program, an operating system, a file. */
export interface Requirement {
  readonly what: string;
  readonly present: boolean;
  /** How a person gets it: `apt-get install iproute2`. */
  readonly howToGet: string;
}

/** A program on the PATH. */
export function program(name: string, howToGet: string): Requirement {
  return { what: name, present: pathOf(name) !== undefined, howToGet };
}

/** A test that only means something on one system: elsewhere it is skipped, under CI too, because nothing could mend it. */
export function operatingSystem(platform: NodeJS.Platform): Requirement & { readonly mendable: false } {
  return { what: platform, present: process.platform === platform, howToGet: `run it on ${platform}`, mendable: false };
}

/** The path of a program, or `undefined` where the PATH has none of that name. */
export function pathOf(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/**
 * A `describe` for tests that need real parts. Under CI a missing part is a failure; elsewhere the tests are skipped and the
 * name says what is missing and how to get it.
 */
export function describeWith(requirements: readonly Requirement[], name: string, body: () => void): void {
  const missing = requirements.filter(({ present }) => !present);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const told = missing.map(({ what, howToGet }) => `${what} is missing: ${howToGet}`).join("; ");
  if (process.env.CI && !missing.some((requirement) => "mendable" in requirement)) {
    describe(name, () => {
      test("has what it needs", () => {
        throw new Error(told);
      });
    });
  } else {
    describe.skip(`${name} (skipped: ${told})`, body);
  }
}
