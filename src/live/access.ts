import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Milliseconds for which the link holds that a browser is opened with. */
const OPENING = 120_000;

/**
 * Who may see this machine's connections: who has the link. Its token is traded for a cookie that scripts can't read and that other sites
 * can't use. Whatever a browser sends on behalf of another page is refused by its Host (a name that was bound to 127.0.0.1 since, "DNS
 * rebinding") or its Origin.
 */
export class Access {
  readonly #port: number;
  readonly #token = secret();
  readonly #cookie = secret();
  /** For the one link that other users of this machine may see for a moment, in the list of processes: it holds once. */
  #openingToken = "";
  #openingEnd = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Of the page; nothing else may ask. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Holds as long as the server runs. */
  get token(): string {
    return this.#token;
  }

  /** A token that holds once, for two minutes. The one before holds no more. @param now milliseconds */
  issueOpeningToken(now = performance.now()): string {
    this.#openingToken = secret();
    this.#openingEnd = now + OPENING;
    return this.#openingToken;
  }

  /** Trades a token for the cookie: the value of a Set-Cookie header; `undefined` where the token does not hold. @param now milliseconds */
  trade(token: string, now = performance.now()): string | undefined {
    const isOpening = this.#openingToken !== "" && now <= this.#openingEnd && isSame(token, this.#openingToken);
    if (isOpening) this.#openingToken = "";
    else if (!isSame(token, this.#token)) return undefined;
    return `${this.#cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether a request has come to this address by its number, as the page's do. */
  isForThisHost({ headers }: IncomingMessage): boolean {
    return headers.host === `127.0.0.1:${this.#port}`;
  }

  /** Whether no other page has sent it. Browsers tell the Origin with every WebSocket, but not with every GET. */
  isOfThisPage({ headers }: IncomingMessage, mustTell: boolean): boolean {
    return headers.origin === undefined ? !mustTell : headers.origin === this.origin;
  }

  /** Whether it has the cookie. */
  hasCookie({ headers }: IncomingMessage): boolean {
    const name = `${this.#cookieName}=`;
    const cookies = (headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
    return cookies.some((cookie) => cookie.startsWith(name) && isSame(cookie.slice(name.length), this.#cookie));
  }

  /** Browsers tell ports apart in origins, but not in cookies: two servers must not have the same. */
  get #cookieName(): string {
    return `tcptable-${this.#port}`;
  }
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

/** Takes as long wherever they differ. */
function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
