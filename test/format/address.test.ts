import { isIPv4, isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIPv4, formatIPv6, type IPv6, parseIPv4, parseIPv6 } from "../../src/format/address.js";

const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x10000, 0x80000000, 0xffffffff), fc.nat({ max: 0xffffffff }));
/** Groups of 16 bits, many of them zero, so that runs of zeros of all lengths and places come about. */
const ipv6 = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups): IPv6 => {
    const at = (index: number) => (groups[index] as number) * 65536 + (groups[index + 1] as number);
    return [at(0), at(2), at(4), at(6)];
  });

describe("IPv4", () => {
  test.each<[number, string]>([
    [0, "0.0.0.0"],
    [0x7f000001, "127.0.0.1"],
    [0x0a000001, "10.0.0.1"],
    [0x80000000, "128.0.0.0"],
    [0xc0a800ff, "192.168.0.255"],
    [0xffffffff, "255.255.255.255"],
  ])("%i is the IPv4 address %s", (address, text) => {
    expect(formatIPv4(address)).toBe(text);
    expect(parseIPv4(text)).toBe(address);
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.00",
    "1.2.3.-4",
    "1.2.3.4 ",
    "1..2.3",
    "0x1.2.3.4",
    "1.2.3.4/8",
    "١.2.3.4",
    "127.1",
    "2130706433",
  ])("%j is no IPv4 address", (text) => expect(parseIPv4(text)).toBeUndefined());

  test("an IPv4 address that is formatted is parsed back", () => {
    fc.assert(
      fc.property(word, (address) => {
        const text = formatIPv4(address);
        expect(isIPv4(text)).toBe(true);
        expect(parseIPv4(text)).toBe(address);
      }),
    );
  });

  test("what Node takes for an IPv4 address is parsed, and nothing else", () => {
    const part = fc.oneof(fc.nat({ max: 300 }).map(String), fc.constantFrom("", "00", "01", "256", "1e1", " 1", "+1"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 3, maxLength: 5 }), (parts) => {
        const text = parts.join(".");
        expect(parseIPv4(text) !== undefined).toBe(isIPv4(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("IPv6", () => {
  test.each<[IPv6, string]>([
    [[0, 0, 0, 0], "::"],
    [[0, 0, 0, 1], "::1"],
    [[0x00010000, 0, 0, 0], "1::"],
    [[0xfe800000, 0, 0, 1], "fe80::1"],
    [[0x20010db8, 0, 0, 0xabcd], "2001:db8::abcd"],
    // RFC 5952: leading zeros go, `::` is not for one group alone, it is for the longest run, and for the first of equals.
    [[0x20010db8, 0x00010001, 0x00010001, 0x00000001], "2001:db8:1:1:1:1:0:1"],
    [[0x20010000, 0, 0x00010000, 0x00000001], "2001::1:0:0:1"],
    [[0x20010db8, 0, 0x00010000, 0x00000001], "2001:db8::1:0:0:1"],
    [[0x20010000, 0x00000001, 0, 0x00000001], "2001:0:0:1::1"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    [[0, 0, 0xffff, 0x0a000007], "::ffff:10.0.0.7"],
    [[0, 0, 0xffff, 0], "::ffff:0.0.0.0"],
    [[0, 0, 0xfffe, 0x0a000007], "::fffe:a00:7"],
    [[0, 1, 0xffff, 0x0a000007], "::1:0:ffff:a00:7"],
  ])("%j is the IPv6 address %s", (address, text) => {
    expect(formatIPv6(...address)).toBe(text);
    expect(parseIPv6(text)).toEqual(address);
  });

  test.each<[string, IPv6]>([
    ["0:0:0:0:0:0:0:1", [0, 0, 0, 1]],
    ["FE80:0000::0001", [0xfe800000, 0, 0, 1]],
    ["::10.0.0.7", [0, 0, 0, 0x0a000007]],
    ["64:ff9b::255.255.255.255", [0x0064ff9b, 0, 0, 0xffffffff]],
    ["1:2:3:4:5:6:7.8.9.10", [0x00010002, 0x00030004, 0x00050006, 0x0708090a]],
    ["1:2:3:4:5:6:7::", [0x00010002, 0x00030004, 0x00050006, 0x00070000]],
    ["::2:3:4:5:6:7:8", [0x00000002, 0x00030004, 0x00050006, 0x00070008]],
  ])("%s is parsed as an IPv6 address too", (text, address) => {
    expect(parseIPv6(text)).toEqual(address);
  });

  test.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "1::2::3",
    "12345::",
    "g::",
    ":1::",
    "1::2:",
    "::1.2.3",
    "::1.2.3.256",
    "::01.2.3.4",
    "1.2.3.4",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    "fe80::1%eth0",
    "[::1]",
    "::1/64",
    " ::1",
  ])("%j is no IPv6 address", (text) => expect(parseIPv6(text)).toBeUndefined());

  test("an IPv6 address that is formatted is what URLs have in brackets, and is parsed back", () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        const text = formatIPv6(...address);
        expect(parseIPv6(text)).toEqual(address);
        // URLs have no dots in IPv4-mapped addresses.
        if (!text.includes(".")) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: 1000 },
    );
  });

  test("what Node takes for an IPv6 address is parsed, and nothing else", () => {
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.nat({ max: 0xffff }).map((group) => group.toString(16)) },
      { weight: 4, arbitrary: fc.constantFrom("", "0", "0000", "ABCD") },
      fc.constantFrom("12345", "g", "1.2.3.4", "1.2.3.400", "-1", " 1"),
    );
    let right = 0;
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 9 }), (parts) => {
        const text = parts.join(":");
        const isAddress = isIPv6(text);
        right += Number(isAddress);
        expect(parseIPv6(text) !== undefined, text).toBe(isAddress);
      }),
      { numRuns: 5000 },
    );
    expect(right).toBeGreaterThan(50);
  });
});
