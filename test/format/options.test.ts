import { describe, expect, test } from "vitest";
import { checkOptions } from "../../src/format/options.js";
import { readTcpStatistics } from "../../src/system/system.js";

describe("readTcpStatistics", () => {
  test.each<[unknown, string]>([
    [{ family: 5 }, "readTcpStatistics: family is 4 or 6, not 5."],
    [{ family: "6" }, 'readTcpStatistics: family is 4 or 6, not "6".'],
    [{ families: [4] }, 'readTcpStatistics has no option "families". The options are: family.'],
    [6, "readTcpStatistics takes an object with the options family; not 6."],
    [[6], "readTcpStatistics takes an object with the options family; not [6]."],
    [null, "readTcpStatistics takes an object with the options family; not null."],
  ])("refuses %j, and says what there is", (options, message) => {
    const read = () => readTcpStatistics(options as object);
    expect(read).toThrow(TypeError);
    expect(read).toThrow(message);
  });
});

test("an option that is undefined counts as left out", () => {
  expect(() => checkOptions("it", { family: undefined }, { family: () => "is wrong" })).not.toThrow();
});

test.each([
  [() => 1, "a function"],
  [2n, "2"],
  ["x".repeat(100), `"${"x".repeat(60)}…"`],
])("a message shows a value, however odd or long", (value, shown) => {
  const check = () => checkOptions("it", { family: value }, { family: () => "is wrong" });
  expect(check).toThrow(new TypeError(`it: family is wrong, not ${shown}.`));
});
