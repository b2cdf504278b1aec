import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshHost, type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith, operatingSystem, program } from "../support/needs.js";
import { tcptable } from "./command.js";

const SS = program("ss", "apt-get install iproute2");

describeWith([operatingSystem("linux"), SS], "-e on real connections", () => {
  const host = freshHost();
  let opened: OpenedConnections;
  beforeAll(async () => {
    opened = await openConnections({ host, established: 2, halfClosed: 1, timeWait: 1 });
  });
  afterAll(() => opened?.close());

  test("tells the queues, the user, the inode and the cookie that ss -e tells", () => {
    const words = ["--columns", "lport,rport,recvq,sendq,user,inode,cookie", "--ndjson", "src", host];
    const ours = tcptable(words)
      .stdout.trim()
      .split("\n")
      .map((line) => Object.values(JSON.parse(line) as object).join(" "));
    const theirs = execFileSync("ss", ["-tanHe", "src", host], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => {
        const [, receiveQueue, sendQueue, local = "", remote = ""] = line.split(/\s+/);
        const told = (name: string) => new RegExp(`\\b${name}:(\\w+)`).exec(line)?.[1] ?? "0";
        const inode = told("ino");
        // The listener's remote end is a star; of a socket that no process holds, ss tells no user.
        const ports = `${local.split(":").at(-1)} ${remote.endsWith("*") ? 0 : remote.split(":").at(-1)}`;
        return `${ports} ${receiveQueue} ${sendQueue} ${inode === "0" ? "" : told("uid")} ${inode} ${told("sk")}`;
      });
    expect(theirs).toHaveLength(opened.ends.length);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });

  test("is the table's columns in ss's order, and nothing is missing", () => {
    const { code, stdout, stderr } = tcptable(["-e", "src", host]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^State +Recv-Q +Send-Q +Local Address:Port +Remote Address:Port +User +Inode\n/);
  });

  test("tells what Linux does not: when a connection was made", () => {
    const { code, stderr } = tcptable(["--columns", "lport,created", "src", host]);
    expect(stderr).toMatch(/^tcptable: This system does not tell Created: this column is empty\.$/m);
    expect(code).toBe(0);
  });
});
