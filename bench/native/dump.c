// The limit for reading the IPv4 TCP table on Linux: one NETLINK_SOCK_DIAG dump, messages counted, nothing decoded.
//   dump NETWORK MASK COUNT CHECKSUM MILLISECONDS
// Before the clock starts, the rows whose local address a has (a & MASK) == NETWORK must be COUNT, with this sum of
// checksums. Prints the median nanoseconds of a dump.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tables.h"

static char buffer[1 << 20];
static const uint8_t MIB_STATES[16] = {0, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4};

typedef struct {
  uint32_t network, mask, count, sum;
} Picked;

static void pick(Picked *picked, const struct inet_diag_msg *m) {
  uint32_t local = ntohl(m->id.idiag_src[0]);
  if ((local & picked->mask) != picked->network) return;
  uint32_t sum = add(CHECKSUM_START, MIB_STATES[m->idiag_state & 15]);
  sum = add(add(sum, local), ntohs(m->id.idiag_sport));
  picked->sum += add(add(sum, ntohl(m->id.idiag_dst[0])), ntohs(m->id.idiag_dport));
  picked->count++;
}

static long dump(int fd, Picked *picked) {
  struct {
    struct nlmsghdr h;
    struct inet_diag_req_v2 q;
  } request = {0};
  request.h.nlmsg_len = sizeof request;
  request.h.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.q.sdiag_family = AF_INET;
  request.q.sdiag_protocol = IPPROTO_TCP;
  // The states that a table shows. With all bits, Linux 6.8 and later goes through its bound sockets as well.
  request.q.idiag_states = 0xfff;
  if (send(fd, &request, sizeof request, 0) < 0) fail("send failed");
  for (long rows = 0;;) {
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) fail("recv failed");
    for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE) return rows;
      if (h->nlmsg_type == NLMSG_ERROR) fail("the kernel answered with an error");
      if (picked) pick(picked, NLMSG_DATA(h));
      rows++;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 6) fail("usage: dump NETWORK MASK COUNT CHECKSUM MILLISECONDS");
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) fail("NETLINK_SOCK_DIAG is refused");
  Picked picked = {strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10), 0, 0};
  dump(fd, &picked);
  if (picked.count != strtoul(argv[3], NULL, 10)) {
    fprintf(stderr, "%" PRIu32 " rows instead of %s\n", picked.count, argv[3]);
    return 1;
  }
  check(picked.sum, argv[4]);

  static double rounds[ROUNDS_AT_MOST];
  int count = 0;
  for (double end = now() + atof(argv[5]) * 1e6; count < 5 || (now() < end && count < ROUNDS_AT_MOST); count++) {
    double start = now();
    dump(fd, NULL);
    rounds[count] = now() - start;
  }
  printf("%.3f\n", median(rounds, count));
  close(fd);
  return 0;
}
