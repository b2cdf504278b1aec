import koffi from "koffi";
import { expect, test, vi } from "vitest";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { expectedRows, openConnections, rowsOf } from "../../support/connections.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { MeanBuffer, readTable } from "../../support/raw-buffer.js";

/** The number of the system call `socket`, by Node's name of the processor. */
const SYS_SOCKET: Readonly<Record<string, number>> = { x64: 41, arm64: 198, riscv64: 198, loong64: 198 };
const systemCall = SYS_SOCKET[process.arch];

const processor = {
  what: "a processor whose system calls this test knows",
  present: systemCall !== undefined,
  howToGet: `run it on ${Object.keys(SYS_SOCKET).join(", ")}`,
  mendable: false,
};

const EACCES = 13;
const AF_NETLINK = 16;

/**
 * Has the kernel itself refuse netlink sockets to this thread, as containers and sandboxes do. There is no way back:
 * that is why these tests have a file, and so a process, of their own.
 */
function refuseNetlink(): void {
  const PR_SET_SECCOMP = 22;
  const PR_SET_NO_NEW_PRIVS = 38;
  const SECCOMP_MODE_FILTER = 2;
  const load = (offset: number) => [0x20, 0, 0, offset] as const; // BPF_LD | BPF_W | BPF_ABS
  const skipUnless = (value: number, skip: number) => [0x15, 0, skip, value] as const; // BPF_JMP | BPF_JEQ | BPF_K
  const answer = (action: number) => [0x06, 0, 0, action] as const; // BPF_RET | BPF_K
  const filter = [
    load(0), // seccomp_data.nr
    skipUnless(systemCall ?? -1, 3),
    load(16), // seccomp_data.args[0]
    skipUnless(AF_NETLINK, 1),
    answer(0x00050000 | EACCES), // SECCOMP_RET_ERRNO
    answer(0x7fff0000), // SECCOMP_RET_ALLOW
  ];

  const instructions = new DataView(new ArrayBuffer(filter.length * 8));
  filter.forEach(([code, jumpTrue, jumpFalse, operand], index) => {
    instructions.setUint16(index * 8, code, true);
    instructions.setUint8(index * 8 + 2, jumpTrue);
    instructions.setUint8(index * 8 + 3, jumpFalse);
    instructions.setUint32(index * 8 + 4, operand, true);
  });
  const bytes = new Uint8Array(instructions.buffer);
  const program = BigUint64Array.of(BigInt(filter.length), koffi.address(bytes)); // struct sock_fprog

  const prctl = koffi.load(null).func("prctl", "int", ["int", "uint64_t", "void *", "uint64_t", "uint64_t"]);
  const results = [
    prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0),
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0),
  ];
  expect(results).toEqual([0, 0]);
}

describeWith([operatingSystem("linux"), processor], "a kernel that refuses netlink", () => {
  test("a kernel that refuses netlink is seen, and /proc/net/tcp holds the connections", async () => {
    refuseNetlink();
    const collector = openSockDiag();
    expect(collector.source).toBe("/proc/net/tcp (NETLINK_SOCK_DIAG refused: EACCES)");

    const connections = await openConnections({ established: 2, halfClosed: 2, timeWait: 2 });
    await vi.waitFor(() => {
      const rows = readTable(collector.collect(new MeanBuffer()));
      expect(rowsOf(connections, rows)).toEqual(expectedRows(connections));
    }, 20_000);
    await connections.close();
  });
});
