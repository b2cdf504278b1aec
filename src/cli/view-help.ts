/** The part of the help of `view` that is no list of options. At most 80 columns. */
export const VIEWING = `\
The page is served on 127.0.0.1 alone, and nothing leaves this machine. Who has
the link may see the connections: it holds until the command ends, with Ctrl-C
or SIGTERM. Live, the page can go back over the last half hour, as far as that
fits into 64 MB, and it can record. All tabs share one sampler.
A file may still be written while it is shown.
Exit codes: 0, also after Ctrl-C; 1, the file or the connections could not be
read; 2, the command line is wrong.

Examples:
  What happened in a recording:
      tcptable view tcp-20261124.mcap
  This machine now, ten samples a second, with the processes:
      tcptable view --every 100ms -p
  On a server that you have reached by ssh -L 7001:127.0.0.1:7001:
      tcptable view --port 7001 --no-open`;
