/*
 * The functions that write tables, as a test scripts them: each call gets the next answer, and the last answer stays.
 * With -DWITHOUT_GetTcpTable2 and the like the library lacks functions, as an old system's does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#define __stdcall
#endif

#define NO_ERROR 0
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_INSUFFICIENT_BUFFER 122
#define ANSWERS 64

#define AF_INET 2
#define AF_INET6 23
#define TCP_TABLE_BASIC_ALL 2
#define TCP_TABLE_OWNER_MODULE_ALL 8

/* The numbers are those of the test's own list. */
enum { TCP_TABLE, TCP_TABLE_2, TCP6_TABLE, TCP6_TABLE_2, EXTENDED_TCP_TABLE };

typedef struct {
  uint32_t code;
  int32_t more;    /* for ERROR_INSUFFICIENT_BUFFER: bytes that it asks for beyond what it was given */
  uint32_t length; /* for a table */
  uint8_t *table;
} Answer;

static Answer answers[ANSWERS];
static uint32_t answer_count;
static struct {
  uint32_t calls, null_tables, zero_sizes, order, size, function, family, table_class;
} seen;

EXPORT void reset(void) {
  for (uint32_t i = 0; i < answer_count; i++) free(answers[i].table);
  memset(answers, 0, sizeof answers);
  memset(&seen, 0, sizeof seen);
  answer_count = 0;
}

/* Appends an answer that is a code. */
EXPORT void answer_code(uint32_t code, int32_t more) {
  if (answer_count == ANSWERS) abort();
  answers[answer_count++] = (Answer){code, more, 0, NULL};
}

/* Appends an answer that is a table. */
EXPORT void answer_table(const uint8_t *bytes, uint32_t length) {
  if (answer_count == ANSWERS) abort();
  uint8_t *copy = malloc(length ? length : 1);
  if (!copy) abort();
  memcpy(copy, bytes, length);
  answers[answer_count++] = (Answer){NO_ERROR, 0, length, copy};
}

/* What the calls since `reset` were: their number, how many had no table or no size, the rest is the last one's. */
EXPORT void observe(uint32_t *into) { memcpy(into, &seen, sizeof seen); }

/* The start of every call. */
static void note(uint32_t function, const void *table, const uint32_t *size, int32_t order) {
  seen.calls++;
  seen.function = function;
  seen.order = (uint32_t)order;
  if (!table) seen.null_tables++;
  if (!size) return;
  seen.size = *size;
  if (*size == 0) seen.zero_sizes++;
}

static uint32_t play(void *table, uint32_t *size) {
  static uint32_t next;
  if (seen.calls == 1) next = 0;
  if (!size) return ERROR_INVALID_PARAMETER;
  if (answer_count == 0) abort();

  const Answer *answer = &answers[next];
  if (answer->code != NO_ERROR) {
    if (next + 1 < answer_count) next++;
    if (answer->code == ERROR_INSUFFICIENT_BUFFER) *size += (uint32_t)answer->more;
    return answer->code;
  }
  /* As the real one: a table that does not fit is asked for again. */
  if (!table || *size < answer->length) {
    *size = answer->length;
    return ERROR_INSUFFICIENT_BUFFER;
  }
  memcpy(table, answer->table, answer->length);
  *size = answer->length;
  if (next + 1 < answer_count) next++;
  return NO_ERROR;
}

#define TABLE_FUNCTION(name, number)                                              \
  EXPORT uint32_t __stdcall name(void *table, uint32_t *size, int32_t order) {    \
    note(number, table, size, order);                                             \
    return play(table, size);                                                     \
  }

#ifndef WITHOUT_GetTcpTable
TABLE_FUNCTION(GetTcpTable, TCP_TABLE)
#endif
#ifndef WITHOUT_GetTcpTable2
TABLE_FUNCTION(GetTcpTable2, TCP_TABLE_2)
#endif
#ifndef WITHOUT_GetTcp6Table
TABLE_FUNCTION(GetTcp6Table, TCP6_TABLE)
#endif
#ifndef WITHOUT_GetTcp6Table2
TABLE_FUNCTION(GetTcp6Table2, TCP6_TABLE_2)
#endif

#ifndef WITHOUT_GetExtendedTcpTable
EXPORT uint32_t __stdcall GetExtendedTcpTable(void *table, uint32_t *size, int32_t order, uint32_t family,
                                              int32_t table_class, uint32_t reserved) {
  note(EXTENDED_TCP_TABLE, table, size, order);
  seen.family = family;
  seen.table_class = (uint32_t)table_class;
  if ((family != AF_INET && family != AF_INET6) || reserved) return ERROR_INVALID_PARAMETER;
  if (table_class < 0 || table_class > TCP_TABLE_OWNER_MODULE_ALL) return ERROR_INVALID_PARAMETER;
  if (family == AF_INET6 && table_class <= TCP_TABLE_BASIC_ALL) return ERROR_NOT_SUPPORTED;
  return play(table, size);
}
#endif
