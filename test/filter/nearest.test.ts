import { expect, test } from "vitest";
import { nearest } from "../../src/filter/nearest.js";

const WORDS = ["established", "time-wait", "source", "fin-wait-1", "fin-wait-2"];

test.each<[mistyped: string, expected: string[]]>([
  ["estalished", ["established"]],
  ["establiished", ["established"]],
  ["estabxished", ["established"]],
  ["esatblished", ["established"]],
  ["ESTABLSIHED", ["established"]],
  ["time_weit", ["time-wait"]],
  ["TimeWiat", ["time-wait"]],
  ["finwait", ["fin-wait-1", "fin-wait-2"]],
  ["FIN_WAIT_3", ["fin-wait-1", "fin-wait-2"]],
  ["soucre", ["source"]],
  ["souce", ["source"]],
  ["suoce", []],
  ["src", []],
  ["", []],
  ["e", []],
  ["zzzzzzzzzzz", []],
  ["established".repeat(3), []],
])("%j is meant for %j", (mistyped, expected) => {
  expect(nearest(mistyped, WORDS)).toEqual(expected);
});

test("a word of more than 24 letters is not compared: it is no slip of a finger, and would take its time", () => {
  expect(nearest("abcdefghijklmnopqrstuvw?", ["abcdefghijklmnopqrstuvwx"])).toEqual(["abcdefghijklmnopqrstuvwx"]);
  expect(nearest("abcdefghijklmnopqrstuvwx?", ["abcdefghijklmnopqrstuvwxy"])).toEqual([]);
});

test("there is none among no words", () => {
  expect(nearest("established", [])).toEqual([]);
});
