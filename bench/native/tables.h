// What the native contestants share: the tables in their file, the checksum over their rows, and the clock.
// Valid C and C++. The JavaScript contestants have the same in data/table-file.ts and data/checksum.ts.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIRST_ROW = 4, ROW_SIZE = 20, ROUNDS_AT_MOST = 100000 };

typedef struct {
  uint32_t length;
  uint8_t *bytes; // from dwNumEntries on
  uint8_t *state;
  uint32_t *local_address, *remote_address;
  uint16_t *local_port, *remote_port;
} Table;

typedef struct {
  int count;
  uint32_t rows; // of all tables
  Table *tables;
} Tables;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void *allocate(size_t size) {
  void *memory = calloc(1, size + 64);
  if (!memory) fail("out of memory");
  return memory;
}

static uint32_t read_u32(FILE *file) {
  uint8_t b[4];
  if (fread(b, 1, 4, file) != 4) fail("the file of tables ends too early");
  return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

// The first `count` tables of the file. The columns are there, and empty.
static Tables read_tables(const char *path, int count) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("the file of tables is not there");
  if ((uint32_t)count > read_u32(file)) fail("the file has fewer tables");
  Tables all = {count, 0, (Table *)allocate(count * sizeof(Table))};
  for (int i = 0; i < count; i++) {
    Table *t = &all.tables[i];
    uint32_t size = read_u32(file);
    t->bytes = (uint8_t *)allocate(size);
    if (fread(t->bytes, 1, size, file) != size) fail("the file of tables ends too early");
    t->length = (size - FIRST_ROW) / ROW_SIZE;
    t->state = (uint8_t *)allocate(t->length);
    t->local_address = (uint32_t *)allocate(4 * (size_t)t->length);
    t->remote_address = (uint32_t *)allocate(4 * (size_t)t->length);
    t->local_port = (uint16_t *)allocate(2 * (size_t)t->length);
    t->remote_port = (uint16_t *)allocate(2 * (size_t)t->length);
    all.rows += t->length;
  }
  fclose(file);
  return all;
}

static inline void decode_rows(const uint8_t *__restrict rows, uint32_t n, uint8_t *__restrict state,
                               uint32_t *__restrict local_address, uint16_t *__restrict local_port,
                               uint32_t *__restrict remote_address, uint16_t *__restrict remote_port) {
  for (uint32_t i = 0; i < n; i++) {
    const uint8_t *row = rows + (size_t)ROW_SIZE * i;
    uint32_t v;
    memcpy(&v, row, 4);
    state[i] = v;
    memcpy(&v, row + 4, 4);
    local_address[i] = __builtin_bswap32(v);
    memcpy(&v, row + 8, 4);
    local_port[i] = __builtin_bswap16(v);
    memcpy(&v, row + 12, 4);
    remote_address[i] = __builtin_bswap32(v);
    memcpy(&v, row + 16, 4);
    remote_port[i] = __builtin_bswap16(v);
  }
}

__attribute__((noinline)) static void decode(Table *t, const uint8_t *bytes) {
  decode_rows(bytes + FIRST_ROW, t->length, t->state, t->local_address, t->local_port, t->remote_address,
              t->remote_port);
}

#define CHECKSUM_START 0x811c9dc5u

static uint32_t add(uint32_t sum, uint32_t value) {
  uint32_t mixed = (sum ^ value) * 0x01000193u;
  return mixed ^ mixed >> 15;
}

static uint32_t add_row(uint32_t sum, const Table *t, uint32_t row) {
  sum = add(sum, t->state[row]);
  sum = add(sum, t->local_address[row]);
  sum = add(sum, t->local_port[row]);
  sum = add(sum, t->remote_address[row]);
  return add(sum, t->remote_port[row]);
}

// Ends with code 3 where the rows are not the expected ones.
static void check(uint32_t sum, const char *expected) {
  if (sum == (uint32_t)strtoul(expected, NULL, 16)) return;
  printf("0x%08" PRIx32 "\n", sum);
  exit(3);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *values, int count) {
  qsort(values, count, sizeof *values, compare_doubles);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

// The optimiser must believe that everything in memory is read here.
#define KEEP() __asm__ volatile("" ::: "memory")
