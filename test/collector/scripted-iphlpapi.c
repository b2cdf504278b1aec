/* GetTcpTable as a test scripts it: each call gets the next answer, and the last answer stays. */
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
#define ERROR_INVALID_PARAMETER 87
#define ERROR_INSUFFICIENT_BUFFER 122
#define ANSWERS 64

typedef struct {
  uint32_t code;
  int32_t more;    /* for ERROR_INSUFFICIENT_BUFFER: bytes that it asks for beyond what it was given */
  uint32_t length; /* for a table */
  uint8_t *table;
} Answer;

static Answer answers[ANSWERS];
static uint32_t answer_count;
static struct {
  uint32_t calls, null_tables, zero_sizes, order, size;
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

/* What the calls since `reset` were: their number, how many had no table or no size, the last one's Order and size. */
EXPORT void observe(uint32_t *into) { memcpy(into, &seen, sizeof seen); }

EXPORT uint32_t __stdcall GetTcpTable(void *table, uint32_t *size, int32_t order) {
  static uint32_t next;
  if (seen.calls == 0) next = 0;
  seen.calls++;
  seen.order = (uint32_t)order;
  if (!table) seen.null_tables++;
  if (!size) return ERROR_INVALID_PARAMETER;
  seen.size = *size;
  if (*size == 0) seen.zero_sizes++;
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
