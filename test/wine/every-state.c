/* A GetTcpTable whose table has every state, and garbage in the upper halves of the ports. With -DFAILS=n it fails with n. */
#include <stdint.h>
#include <string.h>

#define ROWS 15

__declspec(dllexport) uint32_t __stdcall GetTcpTable(void *table, uint32_t *size, int32_t order) {
#ifdef FAILS
  return FAILS;
#endif
  uint32_t words[1 + ROWS * 5] = {ROWS};
  if (!order) return 87;
  if (!table || *size < sizeof words) {
    *size = sizeof words;
    return 122;
  }
  for (uint32_t i = 0; i < ROWS; i++) {
    uint32_t *row = words + 1 + i * 5;
    row[0] = i < 13 ? i : i == 13 ? 100 : 254;
    row[1] = 0x0100007f + (i << 24);           /* 127.0.0.1, 127.0.0.2, … */
    row[2] = 0xbeef0000 | (i << 8) | 0x01;     /* 256 + i */
    row[3] = i == 2 ? 0xdeadbeef : 0xfeff007f; /* a listener's remote end is anything */
    row[4] = 0xffff0000 | (i << 8) | 0xff;     /* 65280 + i */
  }
  memcpy(table, words, sizeof words);
  *size = sizeof words;
  return 0;
}
