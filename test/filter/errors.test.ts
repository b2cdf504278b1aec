import { describe, expect, test } from "vitest";
import { FilterSyntaxError } from "../../src/filter/errors.js";
import { compileFilter } from "../../src/filter/filter.js";
import { DecoderError } from "../../src/format/errors.js";

function errorOf(text: string): FilterSyntaxError {
  try {
    compileFilter(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return error;
    throw error;
  }
  throw new Error(`There is nothing wrong with ${JSON.stringify(text)}.`);
}

const CONDITION = "Expected state, exclude, src, dst, sport, dport, pid, user, process, not or (;";
const STATE = "Expected a state, like established or connected;";
const DEEPEST = "Parentheses, nots, and turns between and and or go at most 200 deep.";
const OR_BEHIND_STATES =
  "States at the start hold for the whole filter, and no or can follow them. Name several without or, or put them in parentheses: (state …) or …";
const ADDRESS = "Expected an address, like 10.0.0.0/8, [::1]:443 or :443;";

/** Whole messages. The second line is the filter. */
const PICTURES: Record<string, readonly string[]> = {
  "words that are none": [
    `${CONDITION} found "dprot". Did you mean "dport"?
  dprot = :443
  ^`,
    `${CONDITION} found "port". Did you mean "sport" or "dport"?
  state listening port = 80
                  ^`,
    `${CONDITION} found "adn". Did you mean "and"?
  sport = :1 adn dport = :2
             ^`,
    `${CONDITION} found "xyzzy".
  sport = :1 xyzzy
             ^`,
    `${CONDITION} found "established". A state stands after state or exclude.
  established
  ^`,
    `${CONDITION} found "time-wait". A state stands after state or exclude.
  sport = 80 or time-wait
                ^`,
    `${CONDITION} found "443". A port stands after sport or dport, an address after src or dst.
  sport = 80 443
             ^`,
    `${CONDITION} found "10.0.0.7:443". A port stands after sport or dport, an address after src or dst.
  10.0.0.7:443
  ^`,
    `${CONDITION} found "[::1]:443". A port stands after sport or dport, an address after src or dst.
  [::1]:443
  ^`,
    `${CONDITION} found "dev". ss filters by dev, but a TCP table does not hold it.
  dev = eth0
  ^`,
    `${CONDITION} found "FWMARK". ss filters by fwmark, but a TCP table does not hold it.
  not FWMARK = 1
      ^`,
    `${CONDITION} found "constructor".
  constructor
  ^`,
  ],
  states: [
    `${STATE} found "estabished". Did you mean "established"?
  state estabished dport = :443
        ^`,
    `${STATE} found "SYN_RECIEVED". Did you mean "syn-received"?
  exclude SYN_RECIEVED
          ^`,
    `${STATE} found "fin-wait-3". Did you mean "fin-wait-1" or "fin-wait-2"?
  state fin-wait-3
        ^`,
    `Expected one of established, syn-sent, syn-recv, syn-received, fin-wait-1, fin-wait-2, time-wait, closed, \
close-wait, last-ack, listening, closing, delete-tcb, all, connected, synchronized, bucket, big; found "open".
  state open
        ^`,
    `${CONDITION} found "time-wiat". Did you mean "time-wait"?
  state established time-wiat
                    ^`,
    `${STATE} the filter ends here.
  state
       ^`,
    `${STATE} the filter ends here.
  state established,
                    ^`,
    `${STATE} found ",".
  state established,,closed
                    ^`,
    `${STATE} found "=".
  state = established
        ^`,
    `${STATE} found "dport".
  state dport = 80
        ^`,
    `${OR_BEHIND_STATES}
  state established or dport = 80
                    ^`,
    `${OR_BEHIND_STATES}
  state established or time-wait
                    ^`,
    `${OR_BEHIND_STATES}
  exclude listening, closed || state listening
                            ^`,
    `${CONDITION} the filter ends here.
  state established and
                       ^`,
    `${CONDITION} found "or".
  state established and or dport = 80
                        ^`,
  ],
  ports: [
    `70000 is too large for a port: the highest is 65535.
  sport = :70000
           ^`,
    `65536 is too large for a port: the highest is 65535.
  dport in {80 8000-65536}
                    ^`,
    `65536 is too large for a port: the highest is 65535.
  src 127.0.0.1:65536
                ^`,
    `9999999999999999999999999999999999999999… is too large for a port: the highest is 65535.
  sport > 999999999999999999999999999999999999999999
          ^`,
    `99999 is too large for a port: the highest is 65535.
  sport = :80-99999
              ^`,
    `99999 is too large for a port: the highest is 65535.
  dport in {1, 80-:99999}
                   ^`,
    `4294967296 is too large for a user id: the highest is 4294967295.
  user in {0-4294967296}
             ^`,
    `Expected a user id, like 1000; found "root". Names of users are not looked up: write the number.
  user = root
         ^`,
    `4294967296 is too large for a process id: the highest is 4294967295.
  pid = 4294967296
        ^`,
    `This range goes down: 90 is larger than 80.
  sport = :90-80
          ^`,
    `">=" compares with one number, not with "80-90".
  sport >= 80-90
           ^`,
    `"GT" compares with one number, not with ":*".
  sport GT :*
           ^`,
    `Expected a port, like :443; found "ssh". Names of services are not looked up: write the number.
  sport = ssh
          ^`,
    `Expected a port, like :443; found ":https". Names of services are not looked up: write the number.
  dport = :https
          ^`,
    `Expected a process id, like 4242; found "node". Names of processes are not looked up: write the number.
  pid = node
        ^`,
    `Expected a port, like :443; found "127.0.0.1:80".
  sport = 127.0.0.1:80
          ^`,
    `Expected a port, like :443; found "80-".
  sport = 80-
          ^`,
    `Expected a port, like :443; found "-1".
  sport -1
        ^`,
    `Expected an operator (= != < <= > >= in) or a port; the filter ends here.
  sport
       ^`,
    `Expected a port; the filter ends here.
  sport !=
          ^`,
    `Expected a port; found "and".
  sport = and dport = 80
          ^`,
    `Expected a port; found "GE".
  sport = GE 80
          ^`,
    `Expected an operator (= != < <= > >= in) or a port; found "=>".
  sport => 80
        ^`,
    `Expected an operator (= != < <= > >= in) or a port; found "<>".
  sport<>80
       ^`,
    `Expected a process id; found "dport".
  pid = dport
        ^`,
    `Expected a port; found "{". A set stands after in.
  sport = {80 443}
          ^`,
  ],
  sets: [
    `Expected { after in; found "80".
  sport in 80
           ^`,
    `Expected { after in; the filter ends here.
  sport in
          ^`,
    `This brace is not closed.
  (sport in {80 443
            ^`,
    `This brace is not closed.
  sport in {
           ^`,
    `Expected a port; found "}".
  sport in {}
            ^`,
    `Expected a port; found ",".
  sport in {,80}
            ^`,
    `Expected a port or }; found ",".
  sport in {80,,443}
               ^`,
    `Expected a port or }; found ")".
  (sport in {80)
               ^`,
    `Expected a port or }; found "and".
  sport in {80 and dport = 1
               ^`,
    `Expected an address or }; found "=".
  src in {10.0.0.0/8 = 1}
                     ^`,
  ],
  addresses: [
    `${ADDRESS} found "10.0.0.300". An IPv4 address is four numbers from 0 to 255 with dots between them, without leading zeros.
  src 10.0.0.300
      ^`,
    `${ADDRESS} found "10/8". An IPv4 address is four numbers from 0 to 255 with dots between them, without leading zeros.
  src 10/8
      ^`,
    `${ADDRESS} found "127.0.0.01:80". An IPv4 address is four numbers from 0 to 255 with dots between them, without leading zeros.
  src in {::1 127.0.0.01:80}
              ^`,
    `${ADDRESS} found "localhost:80". Names of hosts are not looked up.
  src localhost:80
      ^`,
    `Expected the number of an interface after %; found "eth0". Names of interfaces are not looked up here.
  src fe80::1%eth0
              ^`,
    `${ADDRESS} found "[::1".
  src [::1
      ^`,
    `${ADDRESS} found "[]:80".
  src []:80
      ^`,
    `${ADDRESS} found ":::".
  src :::
      ^`,
    `${ADDRESS} found "/8".
  src /8
      ^`,
    `Expected a prefix length from 0 to 32; found "33".
  src 10.0.0.0/33
               ^`,
    `Expected a prefix length from 0 to 128; found "129".
  src [fe80::]/129:80
               ^`,
    `Expected a prefix length from 0 to 32; found "255.0.0.0".
  src 10.0.0.0/255.0.0.0
               ^`,
    `Expected a prefix length from 0 to 32; found nothing.
  src 10.0.0.0/ or dst 10.0.0.0
               ^`,
    `Expected a port, like :443; found nothing.
  src 10.0.0.0: or dst 10.0.0.0
               ^`,
    `A prefix follows an address, not "*".
  src */8
      ^`,
    `Expected =, !=, in or an address; the filter ends here.
  src
     ^`,
    `Expected =, !=, in or an address; found ">".
  src > 10.0.0.1
      ^`,
    `Expected =, !=, in or an address; found "ge".
  dst ge 10.0.0.1
      ^`,
    `Expected an address; found "or".
  src = or
        ^`,
  ],
  "parentheses, and, or, not": [
    `This parenthesis is not closed.
  (sport = :1
  ^`,
    `This parenthesis is not closed.
  sport = 1 and not ((sport = 2) or dport = 3
                    ^`,
    `There is no ( that this ) could close.
  (sport = 1) or dport = 2 )
                           ^`,
    `${CONDITION} found ")".
  ()
   ^`,
    `There is no ( that this ) could close.
  )
  ^`,
    `There is no ( that this ) could close.
  state established )
                    ^`,
    `${CONDITION} found ")".
  (sport = 1 and)
                ^`,
    `${CONDITION} the filter ends here.
  sport = 1 or
              ^`,
    `${CONDITION} the filter ends here.
  (
   ^`,
    `${CONDITION} the filter ends here.
  not
     ^`,
    `${CONDITION} found "and".
  and sport = 1
  ^`,
    `${CONDITION} found "||".
  sport = 1 && || dport = 1
               ^`,
    `${CONDITION} found "=".
  ! = 80
    ^`,
    `Expected and, or, or another condition; found ",".
  sport = 1, dport = 2
           ^`,
    `Expected and, or, another condition or ); found "}".
  (sport = 1 }
             ^`,
  ],
  characters: [
    `A filter has no use for 'ü'.
  sport = 1 or süd = 2
                ^`,
    `Expected a state, like established or connected; found ""established"". Did you mean "established"?
  state "established"
        ^`,
    `A filter has no use for '"'.
  state established"
                   ^`,
    `A filter has no use for '≥'.
  sport ≥ 80
        ^`,
    `A filter has no use for '𝄞'.
  𝄞
  ^`,
    `A filter has no use for ';'.
  sport = 80; dport = 90
            ^`,
  ],
};

describe.each(Object.entries(PICTURES))("a message shows the mistake: %s", (_, pictures) => {
  test.each(pictures.map((picture) => [picture.split("\n")[1]?.slice(2) ?? "", picture]))("%s", (text, picture) => {
    const error = errorOf(text);
    expect(error.message).toBe(picture);
    const [problem, , caret = ""] = picture.split("\n");
    expect(error).toMatchObject({ name: "FilterSyntaxError", text, problem, column: caret.length - 3 });
    expect(error).toBeInstanceOf(DecoderError);
  });
});

describe("the picture", () => {
  test("holds a long text's part around the mistake", () => {
    const conditions = "sport = 1 ".repeat(50);
    expect(errorOf(`${conditions}x ${conditions}`).message).toBe(
      `${CONDITION} found "x".\n  …${conditions.slice(-60)}x ${conditions.slice(0, 58)}…\n   ${" ".repeat(60)}^`,
    );
    expect(errorOf(`${conditions}x`).message.split("\n").slice(1)).toEqual([
      `  …${conditions.slice(-60)}x`,
      `   ${" ".repeat(60)}^`,
    ]);
  });

  test("shows at most 40 characters of a word", () => {
    expect(errorOf("y".repeat(100_000)).problem).toBe(`${CONDITION} found "${"y".repeat(40)}…".`);
  });

  test("is not torn by line ends and tabs, and the column counts them", () => {
    const error = errorOf("sport = 1\r\n\tor\u2028x");
    expect(error.message.split("\n").slice(1)).toEqual(["  sport = 1   or x", "                 ^"]);
    expect(error.column).toBe(15);
  });

  test("holds no character that would turn the line around or can't be seen", () => {
    const error = errorOf("sport = \u202e80 \u0007\ud800");
    expect(error.message).toBe(`A filter has no use for U+202E.\n  sport =  80   \n          ^`);
    expect(errorOf("\u001b[31m").problem).toBe("A filter has no use for U+001B.");
    expect(errorOf("\ud800").problem).toBe("A filter has no use for U+D800.");
    expect(errorOf("\u{e0001}").problem).toBe("A filter has no use for U+E0001.");
  });

  test("points behind the last word where something is missing, whatever blanks follow", () => {
    expect(errorOf("sport =   \n").column).toBe(7);
  });
});

describe("texts from strangers", () => {
  test("nest 200 deep, and not deeper", () => {
    for (const [open, close] of [
      ["(", ")"],
      ["not ", ""],
      ["!", ""],
    ] as const) {
      // The condition is itself a level.
      const nested = (levels: number) => `${open.repeat(levels)}sport = 1${close.repeat(levels)}`;
      expect(() => compileFilter(nested(199))).not.toThrow();
      const error = errorOf(nested(200));
      expect(error.problem).toBe(DEEPEST);
      expect(error.column).toBe(200 * open.length);
      expect(errorOf(nested(300_000)).problem).toBe(error.problem);
    }
  });

  test("turn between and and or 198 times, and not more often, turns within parentheses included", () => {
    const turning = (turns: number) =>
      `sport = 1${Array.from({ length: turns + 1 }, (_, at) => ` ${at % 2 ? "and" : "or"} sport = 1`).join("")}`;
    expect(() => compileFilter(turning(198))).not.toThrow();
    expect(() => compileFilter(`(${turning(90)}) ${turning(90)}`)).not.toThrow();
    const tooDeep = [
      turning(199),
      turning(100_000),
      `(${turning(100)}) ${turning(100)}`,
      `sport = 1 and (${turning(100)}) or ${turning(99)}`,
      `${"not ".repeat(100)}(${turning(100)})`,
    ];
    for (const text of tooDeep) expect(errorOf(text).problem).toBe(DEEPEST);
  });

  test("may be long", () => {
    const count = 50_000;
    const { expression } = compileFilter(`${"sport = 1 or (dport = 2 state closed) or ".repeat(count)}pid 1`);
    expect(expression).toMatchObject({ kind: "or" });
    expect(expression.kind === "or" && expression.operands.length).toBe(2 * count + 1);
    expect(compileFilter(`dport in {${"1 2 3-4,".repeat(count)}}`).expression).toEqual({
      kind: "range",
      column: "remotePort",
      from: 1,
      to: 4,
    });
  });
});
