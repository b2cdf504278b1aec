import { shortNames } from "./column-names.js";

/** The parts of `--help` that are no list of options. At most 80 columns: commander does not wrap them. */

/** @param platform the operating system: its shells keep other signs for themselves */
export function filtersHelp(platform: NodeJS.Platform = process.platform): string {
  return `\
Filters:
  state NAME…, exclude NAME…
      the names of any tool: established, LISTENING, time-wait, FIN_WAIT_2,
      SynSent; at the start they hold for the whole filter, as in ss. Or groups:
      all;  connected: all but listening and closed;  synchronized: connected
      but syn-sent;  bucket: time-wait and syn-recv;  big: all but bucket
  src, dst  [=|!=]  ADDRESS[/BITS][:PORT]
      the local and the remote end: 10.0.0.0/8, 127.0.0.1:80, *:443,
      [fe80::1%eth0]:22, [::1]:443
  sport, dport  OPERATOR  [:]PORT
      the local and the remote port: = != < <= > >=, or eq ne lt le gt ge;
      8000-8999 is a range, in {80 443} a set; a service's name is a port
  pid, user  OPERATOR  NUMBER
      the process that owns the connection; on Linux, its user: a name, too
  process  [=|!=]  NAME
      the processes of this name: nginx, "Isolated Web Co", in {node bun}
  and, or, not, ( )
      side by side means "and"; "and" and "or" bind alike, from left to right
${quotingHelp(platform)}`;
}

function quotingHelp(platform: NodeJS.Platform): string {
  if (platform !== "win32")
    return `\
  Quote what the shell keeps for itself: ( ) < > ! & | { } *
        tcptable '( sport = :22 or sport > :8000 ) and not dst 127.0.0.0/8'`;
  return `\
  Quote what the shell keeps for itself, in cmd with " alone:
      cmd:         tcptable "( sport = :22 or sport > :8000 )"
      PowerShell:  tcptable '( sport = :22 or sport > :8000 )'`;
}

/** Of the table and of the summary. */
export const EXIT_CODES = `\
Exit codes: 0; 1, something could not be read: what could be is shown; 2, the
command line or the filter is wrong.
On a terminal, long addresses are shortened in their middle and a row may take
several lines. In a pipe and in a file, everything is whole.`;

/** Every column that can be printed, by its short name. */
export function columnsHelp(): string {
  return `\
Columns:
${wrapped(shortNames())};
  or their names in JSON. One that this system can't tell is "-". --sort takes
  what the tables hold: no names, paths or families`;
}

/** The names, as many on a line as there is room for. */
function wrapped(names: readonly string[]): string {
  const lines = [""];
  for (const name of names) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = `  ${name}`;
    else if (line.length + name.length < 74) lines[lines.length - 1] = `${line}, ${name}`;
    else lines.push(`  ${name}`);
  }
  return lines.join(",\n");
}

export const COMPLETING = `\
To have it in every new shell:
  bash:        eval "$(tcptable completion bash)"        in ~/.bashrc
  zsh:         source <(tcptable completion zsh)         in ~/.zshrc, behind
               autoload -U compinit && compinit
  fish:        tcptable completion fish | source         in config.fish
  PowerShell:  tcptable completion powershell | Out-String | Invoke-Expression
                                                         in $PROFILE`;

export const CLOSING = `\
It shows the connections and asks before it closes them. It takes the rights of
the administrator: SetTcpEntry on Windows, which has it for IPv4 alone;
SOCK_DESTROY on Linux. Listening sockets stay open, unless the filter says
"state listening". A filter there must be; for all connections: state all.
Exit codes: 0, all of them are closed; 1, some are not, or nobody said yes;
2, there is no filter, it is wrong, or there is no terminal to ask on.`;

export const EVENTS = `\
Durations: 100ms, 1s, 1m30s, 2h; a number alone is seconds.
The connections that are there when it starts are not told. "closed" tells the
last state that was known, how long the connection was seen, and on Linux what
the kernel says of its end: bytes sent and received, retransmissions and the
round-trip time. There, also a connection that no sample saw is told, once, by
its end: "between samples", in JSON sampled: false. Elsewhere, connections that
live between two samples are not seen.
A filter by state picks "changed" by the state before or after, and "closed" by
the last one. Other events: "lost", ends that came faster than they could be
read; "clock", the wall clock was set; "gap", a family could not be read.
Ctrl-C, SIGTERM and the end of --for take a last sample, finish the JSON array
and exit. Exit codes: 0, also after Ctrl-C; 1, something could not be read; 2,
the command line or the filter is wrong.

Examples:
  What happens on this machine, and whose it is:
      tcptable events -p
  Who gets stuck in CLOSE-WAIT:
      tcptable events state close-wait
  Short connections to a database, for another program:
      tcptable events --ndjson dport = :5432
  A minute of a web server, ten samples a second, for a spreadsheet:
      tcptable events --every 100ms --for 1m --csv sport = :443`;

export const WATCHING = `\
Keys: / edits the filter, with the caret under a mistake; arrows and Page keys
move; < > S L R P A sort, r turns the order round; g groups by remote address,
local port, process, state; s states, p owners, space pauses, m marks stay
longer, c only what is marked, + - the rate; Enter one connection's life;
k closes it (asks); y copies the row; w records all connections into a file in
this folder, named by the time, and ends that; ? help; q quits.
Opened is + and green, closed is - and red and stays for 3 seconds, changed is
an arrow. NO_COLOR, TERM=dumb and a locale without UTF-8 are kept to.
An age with > before it is of a connection that was there at the first sample.
Exit codes: 0, somebody has quit; 1, no table can be read; 2, the command line
or the filter is wrong, or there is no terminal: use events there.`;

/** Windows has another way to the rights: a terminal that is run as administrator. */
export function examplesHelp(platform: NodeJS.Platform = process.platform): string {
  return platform === "win32" ? EXAMPLES.replaceAll("sudo ", "") : EXAMPLES;
}

export const EXAMPLES = `\
Examples:
  The whole table, as the kernel gives it:
      tcptable
  Who listens, by port:
      tcptable -l --sort lport
  Open connections to HTTPS servers:
      tcptable state established dport = :443
  SSH sessions that do not come from this machine:
      tcptable '( sport = :22 ) and not dst 127.0.0.0/8'
  How many in each state, listeners aside:
      tcptable -s exclude listening
  Which processes talk over IPv6, by process:
      tcptable -6 -p --sort pid
  Whose they are and what waits in them, on Linux:
      tcptable -e state established
  Some columns of one process's connections:
      tcptable --columns pid,process,rport pid = 1
  Close what a program has forgotten to close (asks first):
      sudo tcptable close state close-wait sport = :8080
  What opens, closes and changes from now on:
      tcptable events
  The same to look at, as top shows processes:
      tcptable watch -p
  For other programs:
      tcptable --sort remote,-rport --limit 20 --csv
      tcptable --ndjson state close-wait | head -n 3`;
