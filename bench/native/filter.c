// The limit for a filter: one loop over the columns, without a branch that a processor could mispredict.
//   filter FILE TABLES CHECKSUM MILLISECONDS STATE localPort|remotePort FROM TO ADDRESS MASK
// Prints the median nanoseconds for all tables.
#include "tables.h"

__attribute__((noinline)) static uint32_t filter(uint32_t n, const uint8_t *__restrict state,
                                                 const uint16_t *__restrict port, const uint32_t *__restrict remote,
                                                 uint8_t wanted, uint16_t from, uint16_t to, uint32_t address,
                                                 uint32_t mask, uint32_t *__restrict indices) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) {
    indices[count] = i;
    count += (state[i] == wanted) & (port[i] >= from) & (port[i] <= to) & ((remote[i] & mask) == address);
  }
  return count;
}

int main(int argc, char **argv) {
  if (argc != 11) fail("usage: filter FILE TABLES CHECKSUM MILLISECONDS STATE COLUMN FROM TO ADDRESS MASK");
  Tables all = read_tables(argv[1], atoi(argv[2]));
  double duration = atof(argv[4]) * 1e6;
  uint8_t state = atoi(argv[5]);
  int local = strcmp(argv[6], "localPort") == 0;
  uint16_t from = atoi(argv[7]), to = atoi(argv[8]);
  uint32_t address = strtoul(argv[9], NULL, 10), mask = strtoul(argv[10], NULL, 10);
  uint32_t longest = 0, sum = CHECKSUM_START;
  for (int i = 0; i < all.count; i++)
    if (all.tables[i].length > longest) longest = all.tables[i].length;
  uint32_t *indices = (uint32_t *)allocate(4 * (size_t)longest);
#define FILTER(t) \
  filter((t)->length, (t)->state, local ? (t)->local_port : (t)->remote_port, (t)->remote_address, state, from, to, \
         address, mask, indices)
  for (int i = 0; i < all.count; i++) {
    Table *t = &all.tables[i];
    decode(t, t->bytes);
    uint32_t count = FILTER(t);
    for (uint32_t at = 0; at < count; at++) sum = add_row(sum, t, indices[at]);
    sum = add(sum, count);
  }
  check(sum, argv[3]);

  static double rounds[ROUNDS_AT_MOST];
  int count = 0, repeats = 1 + 1000000 / (all.rows + 1);
  for (double end = now() + duration; count < 5 || (now() < end && count < ROUNDS_AT_MOST); count++) {
    double start = now();
    for (int repeat = 0; repeat < repeats; repeat++)
      for (int i = 0; i < all.count; i++) {
        FILTER(&all.tables[i]);
        KEEP();
      }
    rounds[count] = (now() - start) / repeats;
  }
  printf("%.3f\n", median(rounds, count));
  return 0;
}
