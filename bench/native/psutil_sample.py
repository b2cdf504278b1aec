"""How long psutil takes for the IPv4 TCP table.

psutil_sample.py NETWORK MASK COUNT CHECKSUM MILLISECONDS

Before the clock starts, the rows whose local address a has (a & MASK) == NETWORK must be COUNT, with this sum of
checksums (the same as in tables.h); else it ends with code 3. Prints the median nanoseconds of one call.
"""

import socket
import statistics
import struct
import sys
import time

import psutil

MIB_STATES = {
    psutil.CONN_CLOSE: 1,
    psutil.CONN_LISTEN: 2,
    psutil.CONN_SYN_SENT: 3,
    psutil.CONN_SYN_RECV: 4,
    psutil.CONN_ESTABLISHED: 5,
    psutil.CONN_FIN_WAIT1: 6,
    psutil.CONN_FIN_WAIT2: 7,
    psutil.CONN_CLOSE_WAIT: 8,
    psutil.CONN_CLOSING: 9,
    psutil.CONN_LAST_ACK: 10,
    psutil.CONN_TIME_WAIT: 11,
}


def number(address):
    return struct.unpack("!I", socket.inet_aton(address))[0]


def checksum(values):
    total = 0x811C9DC5
    for value in values:
        mixed = (total ^ value) * 0x01000193 & 0xFFFFFFFF
        total = mixed ^ mixed >> 15
    return total


def sample():
    return psutil.net_connections(kind="tcp4")


def main():
    network, mask, count = (int(argument) for argument in sys.argv[1:4])
    rows = [row for row in sample() if number(row.laddr.ip) & mask == network]
    total = 0
    for row in rows:
        remote, port = (number(row.raddr.ip), row.raddr.port) if row.raddr else (0, 0)
        total += checksum((MIB_STATES[row.status], number(row.laddr.ip), row.laddr.port, remote, port))
    total &= 0xFFFFFFFF
    if len(rows) != count or total != int(sys.argv[4], 16):
        print(f"0x{total:08x}, {len(rows)} rows")
        sys.exit(3)

    rounds = []
    end = time.perf_counter_ns() + float(sys.argv[5]) * 1e6
    while len(rounds) < 3 or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        sample()
        rounds.append(time.perf_counter_ns() - start)
    print(statistics.median(rounds))


main()
