import { afterAll, beforeAll, expect, test } from "vitest";
import { UnsupportedSystemError } from "../../../src/system/errors.js";
import { iphlpapi, systemDirectory } from "../../../src/system/windows/system-library.js";
import { describeWith } from "../../support/needs.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { ScriptedSystem } from "../../support/scripted-system.js";

describeWith([C_COMPILER], "the system's directory, scripted", () => {
  let system: ScriptedSystem;

  beforeAll(() => {
    system = new ScriptedSystem();
  });
  afterAll(() => system?.remove());

  test.each(["C:\\Windows\\System32", `D:\\Größe\\${"x".repeat(240)}`])(
    "is what GetSystemDirectoryW tells: %s",
    (path) => {
      system.directory(path);
      expect(systemDirectory(system.path)).toBe(path);
    },
  );

  test.each([
    ["a failure", 0],
    ["a path that does not fit", 261],
  ])("that can't be told is an error, never a path that is half a one: %s", (_, told) => {
    system.directory("", told);
    const read = () => systemDirectory(system.path);
    expect(read).toThrow(UnsupportedSystemError);
    expect(read).toThrow(`gave a length of ${told}`);
  });
});

test("a library that is passed is loaded as it is given", () => {
  expect(iphlpapi("Iphlpapi.dll")).toEqual({ name: "Iphlpapi.dll", path: "Iphlpapi.dll" });
});
