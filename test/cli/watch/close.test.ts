import { afterEach, beforeEach, expect, test } from "vitest";
import { describeWith, operatingSystem, program } from "../../support/needs.js";
import { Network, OWN_NETWORK } from "../../support/network.js";
import { COMMAND, run } from "../command.js";
import { Tmux } from "./tmux.js";

describeWith(
  [operatingSystem("linux"), program("tmux", "apt-get install tmux"), ...OWN_NETWORK],
  "in a network of its own, k in watch",
  () => {
    let network: Network;
    let tmux: Tmux;
    /** The client's port. */
    let port: number;

    beforeEach(async () => {
      network = await Network.open();
      port = await network.run(`
        held.listener = await listen("127.0.0.1", 8080);
        Object.assign(held, await open("127.0.0.1", 8080));
        return held.client.localPort;`);
      tmux = new Tmux(100, 30);
    });
    afterEach(async () => {
      tmux.close();
      await network.close();
    });

    /** Shows what matches, and waits for this row. */
    const watch = async (filter: string, row: RegExp) => {
      const words = [...network.enter, process.execPath, COMMAND, "watch", "--every", "200ms"];
      tmux.type(`${words.map((word) => `'${word}'`).join(" ")} ${filter}`, "Enter");
      await tmux.shows(row);
    };
    const left = (...filter: readonly string[]) => {
      const [nsenter, ...flags] = network.enter;
      return run(nsenter, [...flags, process.execPath, COMMAND, "-H", ...filter]).stdout;
    };
    const question = () => new RegExp(`^ Close 127\\.0\\.0\\.1:${port} → 127\\.0\\.0\\.1:8080, ESTABLISHED\\?`, "m");

    test("asks, closes the connection under the cursor after y and no other, and tells it", async () => {
      await watch("dport = :8080", /^ {2}ESTABLISHED .*:8080 /m);
      tmux.type("k");
      await tmux.shows(question());
      expect(left("dport", "=", ":8080")).toContain(`127.0.0.1:${port}`);
      tmux.type("y");
      await tmux.shows(/^closed$/m);
      await tmux.shows(/^− ESTABLISHED .*:8080 .*gone$/m);
      expect(left("dport", "=", ":8080")).toBe("");
      expect(left("-l")).toContain("127.0.0.1:8080");
    });

    test("closes nothing after any other key", async () => {
      await watch("dport = :8080", /^ {2}ESTABLISHED .*:8080 /m);
      tmux.type("k");
      await tmux.shows(question());
      tmux.type("n");
      await tmux.shows(/q quit/);
      tmux.type("y");
      await tmux.shows(/^The row was sent to/m);
      expect(left("dport", "=", ":8080")).toContain(`127.0.0.1:${port}`);
    });

    test("says that it had gone where it has gone while the question stood", async () => {
      await watch("dport = :8080", /^ {2}ESTABLISHED .*:8080 /m);
      tmux.type("k");
      await tmux.shows(question());
      await network.run("held.client.resetAndDestroy(); held.server.destroy();");
      await tmux.shows(/^− /m);
      tmux.type("y");
      await tmux.shows(/^gone before$/m);
    });

    test("leaves alone what has changed while the question stood", async () => {
      await watch("dport = :8080", /^ {2}ESTABLISHED .*:8080 /m);
      tmux.type("k");
      await tmux.shows(question());
      await network.run("held.server.end();");
      await tmux.shows(/^→ CLOSE-WAIT .*:8080 /m);
      tmux.type("y");
      await tmux.shows(/^changed since, left alone$/m);
      expect(left("dport", "=", ":8080")).toContain("CLOSE-WAIT");
    });

    test("closes a listener that is under the cursor, and says what it is", async () => {
      await watch("state listening", /^ {2}LISTEN .*:8080 /m);
      tmux.type("k");
      await tmux.shows(/^ Close 127\.0\.0\.1:8080, LISTEN\?/m);
      tmux.type("y");
      await tmux.shows(/^closed$/m);
      expect(left("-l")).toBe("");
      expect(left("dport", "=", ":8080")).toContain(`127.0.0.1:${port}`);
    });
  },
);
