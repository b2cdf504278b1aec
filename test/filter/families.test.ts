import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { formatIPv6, parseIPv4, parseIPv6 } from "../../src/format/address.js";
import type { Family } from "../../src/format/layouts.js";
import type { Collector } from "../../src/system/contract.js";
import { openCollector } from "../../src/system/system.js";
import { describeWith, operatingSystem, type Requirement } from "../support/needs.js";
import { SS } from "../support/ss.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/**
 * Filters by address, and how many of 22 sockets ss 6.1 picks by each. The sockets are those of `SOCKETS`: listeners and
 * connections of IPv4, of IPv6, and of IPv4 through IPv6 sockets, whose addresses are mapped.
 */
const ANSWERS: Readonly<Record<string, number>> = {
  "": 22,
  "dst *": 22,
  "src :*": 22,
  "dst 0.0.0.0/0": 15,
  "src 0.0.0.0/0": 16,
  "dst [::/0]": 14,
  "src [::/0]": 14,
  "dst [::ffff:127.0.0.1]": 6,
  "src [::ffff:127.0.0.1]": 7,
  "dst 127.0.0.1": 11,
  "src 127.0.0.1": 13,
  "dst 127.0.0.0/8": 13,
  "src 127.0.0.0/8": 15,
  "dst [::ffff:0:0/96]": 7,
  "src [::ffff:0:0/96]": 8,
  "src [::ffff:127.0.0.0/104]": 8,
  "src [::/64]": 14,
  "src [::/80]": 14,
  "src [::/95]": 6,
  "src [::/96]": 6,
  "src [::fffe:0:0/95]": 8,
  "src [::1]": 5,
  "src [::1/127]": 6,
  "src [::]": 1,
  "dst [::]": 3,
  "src 0.0.0.0": 1,
  "dst 0.0.0.0": 2,
  "dst 0.0.0.0/1": 15,
  "src 0.0.0.0/8": 1,
  "dst 0.0.0.0/8": 2,
  "src [::/1]": 14,
  "src [8000::/1]": 0,
  "not src 127.0.0.0/8": 7,
  "not src [::1]": 17,
  "not dst [::ffff:127.0.0.1]": 16,
  "not dst 127.0.0.1": 11,
  "src [::1] or src 127.0.0.1": 18,
  "src 127.0.0.1 src [::ffff:127.0.0.1]": 7,
  "state listening src 0.0.0.0/0": 3,
  "state listening dst 0.0.0.0/0": 2,
  "state listening dst [::/0]": 3,
  "state time-wait dst 127.0.0.0/8": 1,
};

/**
 * ss asks the kernel, and then looks itself whether what the kernel gave matches, without regard to families: under a `not`
 * it loses rows that match. [filter, what ss picks, what matches]
 */
const INEXACT_IN_SS: readonly (readonly [filter: string, ss: number, exact: number])[] = [
  ["not dst 0.0.0.0/0", 0, 7],
  ["not dst [::/0]", 0, 8],
  ["not dst 0.0.0.0", 6, 20],
];

/** What ss calls by another text. */
const IN_OUR_WORDS: readonly (readonly [ours: string, ss: string])[] = [
  ["dst ::ffff:127.0.0.1", "dst [::ffff:127.0.0.1]"],
  ["dst [::ffff:0:0]/96", "dst [::ffff:0:0/96]"],
  ["dst ::/0", "dst [::/0]"],
  ["src != 127.0.0.0/8", "not src 127.0.0.0/8"],
];

/** `[state] local > remote`, ESTABLISHED where none is said. */
const SOCKETS = `
  LISTEN 127.0.0.1 > 0.0.0.0
  LISTEN 0.0.0.0 > 0.0.0.0
  127.0.0.1 > 127.0.0.1
  127.0.0.2 > 127.0.0.1
  127.0.0.1 > 127.0.0.1
  127.0.0.1 > 127.0.0.1
  127.0.0.1 > 127.0.0.1
  127.0.0.1 > 127.0.0.2
  LISTEN :: > ::
  LISTEN ::ffff:127.0.0.1 > ::
  LISTEN ::1 > ::
  ::ffff:127.0.0.1 > ::ffff:127.0.0.1
  ::1 > ::1
  ::ffff:127.0.0.1 > ::ffff:127.0.0.3
  ::ffff:127.0.0.1 > ::ffff:127.0.0.1
  ::ffff:127.0.0.3 > ::ffff:127.0.0.1
  ::1 > ::1
  ::ffff:127.0.0.1 > ::ffff:127.0.0.1
  TIME-WAIT ::ffff:127.0.0.1 > ::ffff:127.0.0.1
  ::ffff:127.0.0.1 > ::ffff:127.0.0.1
  ::1 > ::1
  ::1 > ::1`;

const ENGINES: EngineName[] = ["wasm", "plain"];

describe.each(ENGINES)(
  "an address matches the family, and the mapped addresses, that ss matches, %s engine",
  (engine) => {
    const tables = ([4, 6] as const).map((family) => encodeTable(rowsOf(family), layoutOf(family)));
    let decoder: Decoder;
    beforeAll(async () => {
      decoder = await createDecoder({ engine });
    });

    function count(where: string): number {
      const counts = tables.map(
        (bytes, at) => decoder.decode(bytes, layoutOf(at === 0 ? 4 : 6)).select({ where }).length,
      );
      return (counts[0] as number) + (counts[1] as number);
    }

    test.each(Object.entries(ANSWERS))("%j picks %i of 22 sockets", (filter, expected) => {
      expect(count(filter)).toBe(expected);
    });

    test.each(INEXACT_IN_SS)("%j is exact, where ss picks %i of 22 sockets: %i", (filter, _, exact) => {
      expect(count(filter)).toBe(exact);
    });

    test.each(IN_OUR_WORDS)("%j picks what %j picks", (ours, filter) => {
      expect(count(ours)).toBe(ANSWERS[filter]);
    });
  },
);

const LOOPBACK6: Requirement = {
  what: "::1",
  present: Object.values(networkInterfaces()).some((some) => some?.some(({ address }) => address === "::1")),
  howToGet: "sysctl net.ipv6.conf.lo.disable_ipv6=0",
};

describeWith(
  [operatingSystem("linux"), SS, LOOPBACK6],
  "sockets of both families, picked by address as ss picks them",
  () => {
    const servers: Server[] = [];
    const sockets: Socket[] = [];
    /** `local port > remote port` of each socket of the test. */
    const own = new Set<string>();
    let collectors: Collector[] = [];
    let decoders: Decoder[];

    beforeAll(async () => {
      collectors = [openCollector({ family: 4 }), openCollector({ family: 6 })];
      decoders = [await createDecoder({ engine: "wasm" }), await createDecoder({ engine: "plain" })];
      const dual = await listen({ host: "::" }, "::");
      const mapped = await listen({ host: "::ffff:127.0.0.1" }, "::");
      const only6 = await listen({ host: "::1", ipv6Only: true }, "::");
      const only4 = await listen({ host: "127.0.0.1" }, "0.0.0.0");
      const any4 = await listen({ host: "0.0.0.0" }, "0.0.0.0");
      const to: [string, Server][] = [
        ["127.0.0.1", dual],
        ["::ffff:127.0.0.1", dual],
        ["::ffff:127.0.0.3", dual],
        ["::1", dual],
        ["::1", only6],
        ["127.0.0.1", only4],
        ["127.0.0.1", mapped],
        ["127.0.0.2", any4],
      ];
      for (const [host, server] of to) for (const socket of await open(host, server)) own.add(endsOf(socket));
      const [client, accepted] = await open("::ffff:127.0.0.1", dual);
      own.add(endsOf(client)); // in TIME-WAIT soon
      const closed = Promise.all([once(client, "close"), once(accepted, "close")]);
      accepted.resume();
      client.resume().end();
      await closed;
      await vi.waitFor(() => expect(pickedBySs("")).toHaveLength(22), 10_000);
    });

    afterAll(() => {
      for (const socket of sockets) socket.resetAndDestroy();
      for (const server of servers) server.close();
      for (const collector of collectors) collector.close();
    });

    async function listen(options: ListenOptions, remote: string): Promise<Server> {
      const server = createServer();
      servers.push(server);
      server.listen({ port: 0, ...options });
      await once(server, "listening");
      const { address, port } = server.address() as AddressInfo;
      own.add(`${address} ${port} > ${remote} 0`);
      return server;
    }

    async function open(host: string, server: Server): Promise<[client: Socket, accepted: Socket]> {
      const client = connect({ host, port: (server.address() as AddressInfo).port });
      const [[accepted]] = (await Promise.all([once(server, "connection"), once(client, "connect")])) as [
        [Socket],
        unknown,
      ];
      sockets.push(client, accepted);
      return [client, accepted];
    }

    function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
      return `${localAddress} ${localPort} > ${remoteAddress} ${remotePort}`;
    }

    /** Without -4 or -6: with one of them ss reads addresses of the other family as errors. */
    function pickedBySs(filter: string): string[] {
      const words = filter.split(" ").filter(Boolean);
      const output = execFileSync("ss", ["-tanH", ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
      const ends = [...output.matchAll(/(\S+):(\S+) +(\S+):(\S+) *$/gm)];
      expect(ends).toHaveLength(output.trimEnd().split("\n").filter(Boolean).length);
      return ends
        .map(([, local = "", localPort, remote = "", remotePort]) => {
          const end = (address: string, port = "") => `${addressOf(address)} ${port === "*" ? 0 : port}`;
          return `${end(local, localPort)} > ${end(remote, remotePort)}`;
        })
        .filter((row) => own.has(row))
        .toSorted();
    }

    function pickedByUs(decoder: Decoder, where: string): string[] {
      return collectors
        .flatMap((collector) => {
          const { bytes, layout } = collector.collect(decoder);
          return Array.from(decoder.decode(bytes, layout).select({ where }), (row) => {
            const { localAddress, localPort, remoteAddress, remotePort } = row;
            return `${localAddress} ${localPort} > ${remoteAddress} ${remotePort}`;
          });
        })
        .filter((row) => own.has(row))
        .toSorted();
    }

    test.each(Object.entries(ANSWERS))("%j: %i of 22", (filter, expected) => {
      const picked = pickedBySs(filter);
      expect(picked).toHaveLength(expected);
      for (const decoder of decoders) expect(pickedByUs(decoder, filter)).toEqual(picked);
    });

    test.each(INEXACT_IN_SS)("%j: ss picks %i of %i", (filter, inSs, exact) => {
      const picked = pickedBySs(filter);
      expect(picked).toHaveLength(inSs);
      for (const decoder of decoders) {
        const ours = pickedByUs(decoder, filter);
        expect(ours).toHaveLength(exact);
        expect(ours).toEqual(expect.arrayContaining(picked));
      }
    });

    test.each(IN_OUR_WORDS)("%j picks what %j picks in ss", (ours, filter) => {
      for (const decoder of decoders) expect(pickedByUs(decoder, ours)).toEqual(pickedBySs(filter));
    });
  },
);

/** `127.0.0.1`, `[::1]`, `[::ffff:127.0.0.1]`, and `*` for a dual-stack end. */
function addressOf(text: string): string {
  if (parseIPv4(text) !== undefined) return text;
  const address = parseIPv6(text === "*" ? "::" : text.replace(/^\[(.*)\]$/, "$1"));
  if (!address) throw new Error(`ss tells an address that we can't read: ${text}`);
  return formatIPv6(...address);
}

function layoutOf(family: Family) {
  return family === 4 ? "MIB_TCPTABLE" : "MIB_TCP6TABLE";
}

/** The rows of `SOCKETS` that are of a family. */
function rowsOf(family: Family): RawRow[] {
  const numbers: Record<string, number> = { LISTEN: 2, "TIME-WAIT": 11, "": 5 };
  return SOCKETS.trim()
    .split("\n")
    .flatMap((line) => {
      const [, state = "", local = "", remote = ""] = /^ *(?:([A-Z-]+) )?(\S+) > (\S+)$/.exec(line) ?? [];
      if (local.includes(":") !== (family === 6)) return [];
      const [localAddress, remoteAddress] = [local, remote].map((text) => parseIPv4(text) ?? parseIPv6(text));
      if (localAddress === undefined || remoteAddress === undefined) throw new Error(`No socket: ${line}`);
      return { state: numbers[state] as number, localAddress, localPort: 1, remoteAddress, remotePort: 2 };
    });
}
