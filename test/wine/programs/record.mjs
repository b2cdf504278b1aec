// Runs the command in a process that has a connection of its own: record.mjs <host> <port> <words…>
// Connects to <host>:<port>, then runs the command. When the other end closes the connection, the command is told to stop, as by
// Ctrl-C: Wine passes no signals on. Prints its PID and its port as a line of JSON.
import { once } from "node:events";
import { connect } from "node:net";

const [host, port, ...words] = process.argv.slice(2);
const socket = connect({ host, port: Number(port), localAddress: host });
await once(socket, "connect");
process.stdout.write(`${JSON.stringify({ pid: process.pid, port: socket.localPort })}\n`);
// A reset is an end, too.
socket.on("error", () => {}).on("close", () => process.emit("SIGINT"));
// Whoever does not read hears of no end.
socket.resume();

process.argv.splice(2, Infinity, ...words);
const { ended } = await import("../../../dist/cli/tcptable.cjs");
await ended;
