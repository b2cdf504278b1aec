// Makes watch.svg: what `tcptable watch` shows of the connections of a little network of its own. Root, tmux and iproute2 are needed:
//   npm run build && node docs/pictures/watch.mjs
// The connections are in a namespace, so that the picture tells nothing of the machine that it is made on.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const [WIDTH, HEIGHT, CELL, LINE] = [100, 24, 8.4, 18];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

if (process.argv[2] === "inside") await show();
else {
  const words = ["--net", "--uts", "sh", "-c", 'hostname web-14; ip link set lo up; exec "$0" "$1" inside'];
  const screen = execFileSync("unshare", [...words, process.execPath, here("watch.mjs")], { encoding: "utf8" });
  writeFileSync(here("watch.svg"), svgOf(screen.trimEnd().split("\n")));
}

/** Makes connections that open, close and wait, looks at them for a while, and prints the screen with its styles. */
async function show() {
  const ports = [5432, 443, 6379];
  for (const port of ports) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {}).resume();
      // The database closes; who is connected to it does not always.
      if (port === 5432 && socket.remotePort % 3 === 0) setTimeout(() => socket.end(), 4000);
    });
    server.listen({ host: "0.0.0.0", port });
  }
  const open = (port) => {
    const socket = connect({ host: `127.2.3.${port % 7}`, port, localAddress: "127.1.1.14", allowHalfOpen: true });
    socket.on("error", () => {}).resume();
    return socket;
  };
  const tmux = (...words) => execFileSync("tmux", ["-L", `picture-${process.pid}`, ...words], { encoding: "utf8" });
  const command = `"${process.execPath}" "${here("../../dist/cli/tcptable.cjs")}" watch -p dport = :5432 or dport = :443`;
  process.env.LC_ALL = "C.UTF-8";
  tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", String(WIDTH), "-y", String(HEIGHT), command);
  try {
    tmux("send-keys", "s");
    for (let second = 0; second < 20; second++) {
      for (let count = 0; count < 1 + (second % 3); count++) {
        const socket = open(ports[(second + count) % 2]);
        open(6379).setTimeout(1500, function () {
          this.destroy();
        });
        if (count > 0) setTimeout(() => socket.resetAndDestroy(), 2500);
      }
      await wait(1000);
    }
    process.stdout.write(tmux("capture-pane", "-e", "-p"));
  } finally {
    tmux("kill-server");
    process.exitCode = 0;
    setImmediate(() => process.exit());
  }
}

/** Lines with escape sequences as a picture: one text for each run of cells of one style. */
function svgOf(lines) {
  const [width, height] = [WIDTH * CELL + 24, HEIGHT * LINE + 20];
  // A style goes on in the next line.
  let classes = new Set();
  const body = lines.flatMap((line, at) => {
    let column = 0;
    return line.split(/\u001b\[([\d;]*)m/).map((part, index) => {
      if (index % 2 === 1) {
        for (const code of part.split(";").map(Number)) {
          if (code === 0) classes = new Set();
          // One colour takes the place of another; 39 is none.
          if ([31, 32, 39].includes(code)) for (const colour of ["c31", "c32"]) classes.delete(colour);
          if (code !== 0 && code !== 39) classes.add(`c${code}`);
        }
        return "";
      }
      const [x, cells] = [12 + column * CELL, [...part].length];
      column += cells;
      const isReverse = classes.has("c7");
      const names = [...classes].sort().join(" ");
      const ground = isReverse
        ? `<rect class="${names}" x="${x.toFixed(1)}" y="${10 + at * LINE}" width="${(cells * CELL).toFixed(1)}" height="${LINE}"/>`
        : "";
      if (part.trim() === "") return ground;
      const text = part.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      const place = `x="${x.toFixed(1)}" y="${23 + at * LINE}" textLength="${(cells * CELL).toFixed(1)}"`;
      return `${ground}<text ${names && `class="${names}" `}${place}>${text}</text>`;
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="tcptable watch in a terminal">
<style>text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#d8dee4;white-space:pre}.c1{font-weight:bold}.c2{opacity:.55}.c4{text-decoration:underline}.c31{fill:#ff7b72}.c32{fill:#56d364}rect.c7{fill:#d8dee4}rect.c7.c32{fill:#56d364}rect.c7.c31{fill:#ff7b72}text.c7{fill:#0d1117}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${body.filter((part) => part !== "").join("\n")}
</svg>
`;
}
