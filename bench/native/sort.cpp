// The limit for sorting by (local address, local port, remote address, remote port): std::sort over packed 128-bit keys.
// Only the sort is timed: the records are made before, which the other contestants have to do on the clock.
//   sort FILE TABLES CHECKSUM MILLISECONDS
// Prints the median nanoseconds for all tables. Each sort starts from the unsorted table.
#include "tables.h"

#include <algorithm>
#include <vector>

struct Record {
  uint32_t local_address, remote_address;
  uint16_t local_port, remote_port;
  uint32_t index;
};

static inline unsigned __int128 key(const Record &r) {
  return (unsigned __int128)r.local_address << 64 | (uint64_t)r.local_port << 48 | (uint64_t)r.remote_address << 16 |
         r.remote_port;
}

static void sort(std::vector<Record> &records) {
  std::sort(records.begin(), records.end(), [](const Record &a, const Record &b) { return key(a) < key(b); });
}

int main(int argc, char **argv) {
  if (argc != 5) fail("usage: sort FILE TABLES CHECKSUM MILLISECONDS");
  Tables all = read_tables(argv[1], atoi(argv[2]));
  double duration = atof(argv[4]) * 1e6;
  std::vector<std::vector<Record>> source;
  uint32_t sum = CHECKSUM_START;
  for (int i = 0; i < all.count; i++) {
    Table *t = &all.tables[i];
    decode(t, t->bytes);
    std::vector<Record> records(t->length);
    for (uint32_t row = 0; row < t->length; row++)
      records[row] = {t->local_address[row], t->remote_address[row], t->local_port[row], t->remote_port[row], row};
    source.push_back(records);
    sort(records);
    for (const Record &record : records) sum = add_row(sum, t, record.index);
    sum = add(sum, t->length);
  }
  check(sum, argv[3]);

  static double rounds[ROUNDS_AT_MOST];
  int count = 0;
  for (double end = now() + duration; count < 5 || (now() < end && count < ROUNDS_AT_MOST); count++) {
    auto work = source;
    double start = now();
    for (auto &records : work) sort(records);
    KEEP();
    rounds[count] = now() - start;
  }
  printf("%.3f\n", median(rounds, count));
  return 0;
}
