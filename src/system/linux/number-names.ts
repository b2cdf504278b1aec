import type { NumberNames } from "../contract.js";
import { loadKoffi } from "../koffi.js";
import { Services, textOf } from "../services.js";

/** Where the files are that have the names. */
export interface NameFiles {
  readonly users?: string;
  readonly services?: string;
}

/** IF_NAMESIZE of `net/if.h`: a name of an interface with its end. */
const LONGEST_NAME = 16;

/** The C library's two questions about interfaces. /sys may show those of another network namespace; these do not. */
interface InterfaceQuestions {
  nameOf(index: number, into: Uint8Array): unknown;
  indexOf(name: string): number;
}

/**
 * Users of /etc/passwd, services of /etc/services, and interfaces as this network namespace has them. Users that a directory
 * service has, and no file, have no name here.
 */
export class LinuxNumberNames implements NumberNames {
  readonly #usersPath: string;
  readonly #services: Services;
  readonly #interfaces = new Map<number, string | undefined>();
  #users: { readonly names: ReadonlyMap<number, string>; readonly ids: ReadonlyMap<string, number> } | undefined;
  #questions: InterfaceQuestions | undefined;

  constructor({ users = "/etc/passwd", services = "/etc/services" }: NameFiles = {}) {
    this.#usersPath = users;
    this.#services = new Services(services);
  }

  userName(id: number): string | undefined {
    return this.#knownUsers().names.get(id);
  }

  userId(name: string): number | undefined {
    return this.#knownUsers().ids.get(name);
  }

  serviceName(port: number): string | undefined {
    return this.#services.nameOf(port);
  }

  servicePort(name: string): number | undefined {
    return this.#services.portOf(name);
  }

  interfaceName(index: number): string | undefined {
    if (!this.#interfaces.has(index)) this.#interfaces.set(index, this.#askName(index));
    return this.#interfaces.get(index);
  }

  interfaceIndex(name: string): number | undefined {
    return this.#ask(({ indexOf }) => indexOf(name) || undefined); // 0 is none
  }

  #askName(index: number): string | undefined {
    return this.#ask(({ nameOf }) => {
      const bytes = new Uint8Array(LONGEST_NAME);
      if (!nameOf(index, bytes)) return undefined;
      const end = bytes.indexOf(0);
      return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString("utf8");
    });
  }

  /** `undefined` also where koffi can't be loaded: then there are numbers. */
  #ask<Answer>(question: (questions: InterfaceQuestions) => Answer): Answer | undefined {
    try {
      this.#questions ??= loadQuestions();
    } catch {
      return undefined;
    }
    return question(this.#questions);
  }

  #knownUsers() {
    this.#users ??= parseUsers(textOf(this.#usersPath));
    return this.#users;
  }
}

function loadQuestions(): InterfaceQuestions {
  const library = loadKoffi().load(null);
  return {
    nameOf: library.func("if_indextoname", "void *", ["uint32_t", "void *"]),
    indexOf: library.func("if_nametoindex", "uint32_t", ["const char *"]),
  };
}

/** Lines as `root:x:0:0:root:/root:/bin/bash`. Of several names of one id, and ids of one name, the first counts, as for getpwuid. */
function parseUsers(text: string) {
  const names = new Map<number, string>();
  const ids = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, name, digits] = /^([^:#+-][^:]*):[^:]*:(\d{1,10}):/.exec(line) ?? [];
    if (name === undefined) continue;
    const id = Number(digits);
    if (!names.has(id)) names.set(id, name);
    if (!ids.has(name)) ids.set(name, id);
  }
  return { names, ids };
}
