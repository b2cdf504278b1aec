/** The parts of the help for recordings that are no list of options. At most 80 columns. */

export const RECORDING = `\
Durations: 100ms, 1s, 1m30s, 2h; a number alone is seconds. Bytes: 500kB, 64MB,
1GiB. The file is MCAP; its name should end in .mcap. On a terminal, one line
tells how it goes. Ctrl-C, SIGTERM, SIGHUP and the end of --for take a last
sample and close the file. A crash loses the last second: "tcptable recover"
makes such a file whole. Of a full disk, too, what was recorded is whole.
A filter by addresses and ports leaves other connections out of the recording;
words of states and owners are for those who read it.
Exit codes: 0, also after Ctrl-C; 1, the file could not be written, or something
could not be read; 2, the command line or the filter is wrong.

Examples:
  Ten samples a second, with the processes, until Ctrl-C:
      tcptable record now.mcap --every 100ms -p
  The last day in 24 files, whenever something happens:
      tcptable record 'tcp-%Y%m%d-%H%M%S.mcap' --rotate 1h --keep 24
  A minute of a database's clients:
      tcptable record db.mcap --every 100ms --for 1m sport = :5432`;

export const RECOVERING = `\
Summaries and index are made again. It tells what was kept and what was lost.
Exit codes: 0, the new file holds whatever is intact; 1, there is nothing
intact, or a file could not be read or written; 2, the command line is wrong.`;
