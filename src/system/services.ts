import { readFileSync } from "node:fs";

/** A line of a file of services: `https  443/tcp  http-alternative  # comment`. */
const LINE = /^\s*([^\s#]+)\s+(\d{1,5})\/tcp\b([^#]*)/i;

/** The names of TCP ports in a file of services, which is the same on all systems but for its place. It is read when it is needed. */
export class Services {
  readonly #path: string;
  readonly #names = new Map<number, string>();
  readonly #ports = new Map<string, number>();
  #isRead = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** The first name that the file has for the port. */
  nameOf(port: number): string | undefined {
    this.#read();
    return this.#names.get(port);
  }

  /** The port of a name or of one of its aliases, in small letters or large. */
  portOf(name: string): number | undefined {
    this.#read();
    return this.#ports.get(name.toLowerCase());
  }

  #read(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    for (const line of textOf(this.#path).split("\n")) {
      const [, name, digits, aliases = ""] = LINE.exec(line) ?? [];
      const port = Number(digits);
      if (name === undefined || port > 65535) continue;
      if (!this.#names.has(port)) this.#names.set(port, name);
      for (const one of [name, ...aliases.split(/\s+/).filter(Boolean)]) {
        const key = one.toLowerCase();
        if (!this.#ports.has(key)) this.#ports.set(key, port);
      }
    }
  }
}

/** What a file holds; nothing where it is not there, or may not be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
