import type { NumberNames } from "../contract.js";
import { Services } from "../services.js";

/** Names of services alone: Windows' tables have no users, and people write the numbers of interfaces. */
export class WindowsNumberNames implements NumberNames {
  readonly #services: Services;

  /** @param root Windows' own folder */
  constructor(root = process.env.SystemRoot ?? "C:\\Windows") {
    this.#services = new Services(`${root}\\System32\\drivers\\etc\\services`);
  }

  serviceName(port: number): string | undefined {
    return this.#services.nameOf(port);
  }

  servicePort(name: string): number | undefined {
    return this.#services.portOf(name);
  }

  userName(): undefined {}

  userId(): undefined {}

  interfaceName(): undefined {}

  interfaceIndex(): undefined {}
}
