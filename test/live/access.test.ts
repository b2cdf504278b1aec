import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { Access } from "../../src/live/access.js";

function requestWith(headers: IncomingMessage["headers"]): IncomingMessage {
  return { headers } as IncomingMessage;
}

const cookieOf = (setCookie = ""): string => setCookie.split(";")[0] as string;

describe("Access", () => {
  test("trades its token for a cookie that scripts and other sites can't use, as often as somebody has the link", () => {
    const access = new Access(7001);
    const cookie = access.trade(access.token) as string;
    expect(cookie).toMatch(/^tcptable-7001=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(access.trade(access.token)).toBe(cookie);
    expect(cookie).not.toContain(access.token);
    expect(access.hasCookie(requestWith({ cookie: cookieOf(cookie) }))).toBe(true);
    expect(access.hasCookie(requestWith({ cookie: `a=b; ${cookieOf(cookie)}; c=d` }))).toBe(true);
  });

  test("lets nobody in with another token, another server's cookie, the token as a cookie, or none", () => {
    const access = new Access(7001);
    const other = new Access(7001);
    for (const token of ["", "x", other.token, `${access.token}x`, access.token.slice(1)])
      expect(access.trade(token)).toBeUndefined();
    const cookies = [
      undefined,
      "",
      "tcptable-7001=",
      `tcptable-7001=${access.token}`,
      cookieOf(other.trade(other.token)),
      cookieOf(access.trade(access.token)).replace("7001", "7002"),
      `x${cookieOf(access.trade(access.token))}`,
    ];
    for (const cookie of cookies)
      expect(access.hasCookie(requestWith(cookie === undefined ? {} : { cookie }))).toBe(false);
  });

  test("lets a browser in once with the token that it is opened with, and only within two minutes", () => {
    const access = new Access(7001);
    const first = access.issueOpeningToken(0);
    expect(access.trade(first, 120_001)).toBeUndefined();
    expect(access.trade(first, 120_000)).toBe(access.trade(access.token));
    expect(access.trade(first, 120_000)).toBeUndefined();
    expect(access.trade("", 0)).toBeUndefined();
    const before = access.issueOpeningToken(0);
    expect(access.trade(access.issueOpeningToken(0), 1)).toBeDefined();
    expect(access.trade(before, 1)).toBeUndefined();
  });

  test("takes a request for its own only by this machine's number and port, so that no rebound name gets through", () => {
    const access = new Access(7001);
    expect(access.isForThisHost(requestWith({ host: "127.0.0.1:7001" }))).toBe(true);
    for (const host of [
      "evil.example:7001",
      "127.0.0.1",
      "127.0.0.1:7002",
      "localhost:7001",
      "127.0.0.1:7001.evil.example",
      "",
    ])
      expect(access.isForThisHost(requestWith({ host }))).toBe(false);
    expect(access.isForThisHost(requestWith({}))).toBe(false);
  });

  test("takes a request for its page's only by the Origin, which a WebSocket must tell", () => {
    const access = new Access(7001);
    expect(access.isOfThisPage(requestWith({ origin: "http://127.0.0.1:7001" }), true)).toBe(true);
    for (const origin of ["null", "http://evil.example", "http://127.0.0.1:7002", "https://127.0.0.1:7001", ""])
      for (const mustTell of [true, false]) expect(access.isOfThisPage(requestWith({ origin }), mustTell)).toBe(false);
    expect(access.isOfThisPage(requestWith({}), true)).toBe(false);
    expect(access.isOfThisPage(requestWith({}), false)).toBe(true);
  });
});
