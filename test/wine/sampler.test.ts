import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.js";
import { openWindows, WINDOWS, type Windows } from "../support/windows.js";

describeWith(WINDOWS, "a sampler on Windows' own Node, koffi and Iphlpapi.dll", () => {
  let windows: Windows;

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
  });
  afterAll(async () => await windows?.close());

  test.each(["here", "worker"])(
    "tells both ends of a connection that opens and closes, and what it can't see (%s)",
    async (way) => {
      const { code, stdout, stderr } = await windows.startNode({}, "test/wine/programs/sampler.mjs", way);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { told, ...facts } = JSON.parse(stdout);
      expect(facts).toEqual({
        sources: ["Iphlpapi.dll GetExtendedTcpTable", "Iphlpapi.dll GetExtendedTcpTable"],
        blind: "Connections that live between two samples are not seen: this system does not tell of them.",
        complete: true,
      });
      const inOrder = (events: unknown[][]) => events.map((event) => JSON.stringify(event)).sort();
      expect(inOrder(told.slice(0, 2))).toEqual(
        inOrder([false, true].map((isClient) => ["opened", "ESTABLISHED", isClient, true])),
      );
      expect(inOrder(told.slice(2))).toEqual(
        inOrder([false, true].map((isClient) => ["closed", "ESTABLISHED", isClient, true])),
      );
    },
  );
});
