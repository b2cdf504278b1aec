/** The parts of `--help` that are no list of options. At most 80 columns: commander does not wrap them. */

export const FILTERS = `\
Filters:
  state NAME…, exclude NAME…
      the names of any tool: established, LISTENING, time-wait, FIN_WAIT_2,
      SynSent; or a group: all, connected, synchronized, bucket, big
  src, dst  [=|!=]  ADDRESS[/BITS][:PORT]
      the local and the remote end: 10.0.0.0/8, 127.0.0.1:80, *:443
  sport, dport  OPERATOR  [:]PORT
      the local and the remote port: = != < <= > >=, or eq ne lt le gt ge;
      8000-8999 is a range, in {80 443} a set
  and, or, not, ( )
      side by side means "and"
  Quote what the shell keeps for itself: ( ) < > ! & | { }`;

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
  For other programs:
      tcptable --sort remote,-rport --limit 20 --csv
      tcptable --ndjson state close-wait | head -n 3`;
