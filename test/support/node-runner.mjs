// Runs programs in one process, one after the other, each in a thread of its own: node-runner.mjs <port>
// To start Node takes seconds under Wine, a thread a fraction of one. Orders come from 127.0.0.1:<port>, each a line of JSON,
// { path, words }; the answers are { code, stdout, stderr }. It ends with the connection.
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

const socket = connect({ host: "127.0.0.1", port: Number(process.argv[2]) });
// Also while a program hangs.
socket.on("close", () => process.exit());
for await (const line of createInterface({ input: socket })) {
  const { path, words } = JSON.parse(line);
  socket.write(`${JSON.stringify(await run(path, words))}\n`);
}

async function run(path, argv) {
  const worker = new Worker(path, { argv, stdout: true, stderr: true });
  const told = { stdout: "", stderr: "" };
  worker.on("error", (error) => {
    told.stderr += error.stack;
  });
  const ends = ["stdout", "stderr"].map((name) => {
    worker[name].setEncoding("utf8").on("data", (text) => {
      told[name] += text;
    });
    return once(worker[name], "end");
  });
  const [[code]] = await Promise.all([once(worker, "exit"), ...ends]);
  return { code, ...told };
}
