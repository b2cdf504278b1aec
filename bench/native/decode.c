// The limit for decoding MIB_TCPROW into columns: the same loop in C, and memcpy of the same bytes.
//   decode loop|copy FILE TABLES CHECKSUM MILLISECONDS
// Prints the median nanoseconds for all tables.
#include "tables.h"

int main(int argc, char **argv) {
  if (argc != 6) fail("usage: decode loop|copy FILE TABLES CHECKSUM MILLISECONDS");
  int copies = strcmp(argv[1], "copy") == 0;
  Tables all = read_tables(argv[2], atoi(argv[3]));
  double duration = atof(argv[5]) * 1e6;
  uint8_t **copy = (uint8_t **)allocate(all.count * sizeof *copy);
  uint32_t sum = CHECKSUM_START;
  for (int i = 0; i < all.count; i++) {
    Table *t = &all.tables[i];
    size_t size = FIRST_ROW + (size_t)ROW_SIZE * t->length;
    copy[i] = (uint8_t *)allocate(size);
    memcpy(copy[i], t->bytes, size);
    decode(t, copies ? copy[i] : t->bytes);
    for (uint32_t row = 0; row < t->length; row++) sum = add_row(sum, t, row);
    sum = add(sum, t->length);
  }
  check(sum, argv[4]);

  static double rounds[ROUNDS_AT_MOST];
  int count = 0;
  // A round is long enough that the clock's own time does not count.
  int repeats = 1 + 2000000 / (all.rows + 1);
  for (double end = now() + duration; count < 5 || (now() < end && count < ROUNDS_AT_MOST); count++) {
    double start = now();
    for (int repeat = 0; repeat < repeats; repeat++)
      for (int i = 0; i < all.count; i++) {
        Table *t = &all.tables[i];
        if (copies) memcpy(copy[i], t->bytes, FIRST_ROW + (size_t)ROW_SIZE * t->length);
        else decode(t, t->bytes);
        KEEP();
      }
    rounds[count] = (now() - start) / repeats;
  }
  printf("%.3f\n", median(rounds, count));
  return 0;
}
