/** The parts of the help of commands for recordings that are no list of options. At most 80 columns: commander does not wrap them. */

export const TIMES = `\
Times:
  03:12:07, 03:12, 2026-11-23T03:12:07.5     as the recorded host's clocks show
  2026-11-23T03:12:07Z, …T03:12:07+01:00     in another zone
  +90s, +1m30s                               after the start of the recording
  start, end`;

export const REPLAYING = `\
Of a recording that is damaged, or still being written, what is intact is shown;
a sentence on standard error says what is not.
Exit codes: 0; 1, something could not be read, then or now; 2, the command line
or the filter is wrong, or the time is not in the recording.

Examples:
  What was connected at twelve past three:
      tcptable replay night.mcap --at 03:12
  Who opened connections to the database in these minutes:
      tcptable replay night.mcap --from 03:10 --to 03:15 -p dport = :5432
  The same again, ten times as fast:
      tcptable replay night.mcap --from 03:10 --speed 10 dport = :5432`;

export const SCANNING = `\
A connection that is there when the recording begins is older than it, and one
that is there at its end lives on: their times have ≤ or ≥ before them, in JSON
isOlder and isAlive. States are those in which samples found it. Behind it is
what its end has told: bytes sent and received.

Example:
  Which connections ever got stuck in CLOSE-WAIT, and whose they were:
      tcptable scan night.mcap state close-wait`;

export const EXPORTING = `\
.parquet and .arrow have typed columns: timestamps in UTC, unsigned numbers and
addresses as text. .csv and .ndjson have the same columns; in .ndjson, what is
not known is left out. The file gets its name when it is whole.

Example:
  A table for DuckDB:
      tcptable export night.mcap night.parquet dport = :443`;

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
