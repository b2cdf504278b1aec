/*
 * What a test scripts beside the tables: statistics, SetTcpEntry, owner modules and processes. What comes in is kept for
 * the test to check. With -DWITHOUT_GetTcpStatisticsEx2 and the like the library lacks functions.
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
#define ERROR_INVALID_PARAMETER 87
#define ERROR_INSUFFICIENT_BUFFER 122

static struct {
  uint32_t code;     /* what the next calls answer */
  uint32_t calls;    /* since `script_code` */
  uint32_t function; /* of the last call: its place in the test's own list */
  uint32_t argument; /* of the last call: the family or the class */
} state;
static uint8_t given[192]; /* the row of the last call */

EXPORT void script_code(uint32_t code) {
  memset(&state, 0, sizeof state);
  memset(given, 0, sizeof given);
  state.code = code;
}

EXPORT void observe_system(uint32_t *into) { memcpy(into, &state, sizeof state); }
EXPORT void observe_row(uint8_t *into, uint32_t length) { memcpy(into, given, length); }

static void note(uint32_t function, uint32_t argument) {
  state.calls++;
  state.function = function;
  state.argument = argument;
}

/* ---- statistics: MIB_TCPSTATS and MIB_TCPSTATS2, every counter another number ---- */

static uint32_t statistics(void *into, uint32_t function, uint32_t family) {
  note(function, family);
  if (!into || (family != 2 && family != 23)) return ERROR_INVALID_PARAMETER;
  uint32_t counters[15] = {4, 300, 60000, 0xffffffff, 105, 106, 107, 108, 109, 0xfffffffe, 111, 112, 113, 114, 0xfffffff0};
  if (state.code == NO_ERROR) memcpy(into, counters, sizeof counters);
  return state.code;
}

EXPORT uint32_t __stdcall GetTcpStatistics(void *into) { return statistics(into, 0, 2); }

#ifndef WITHOUT_GetTcpStatisticsEx
EXPORT uint32_t __stdcall GetTcpStatisticsEx(void *into, uint32_t family) { return statistics(into, 1, family); }
#endif

#ifndef WITHOUT_GetTcpStatisticsEx2
typedef struct {
  uint32_t rto_algorithm, rto_min, rto_max, max_conn;
  uint32_t active_opens, passive_opens, attempt_fails, estab_resets, curr_estab;
  uint64_t in_segs, out_segs;
  uint32_t retrans_segs, in_errs, out_rsts, num_conns;
} Statistics2;

EXPORT uint32_t __stdcall GetTcpStatisticsEx2(void *into, uint32_t family) {
  note(2, family);
  if (!into || (family != 2 && family != 23) || (uintptr_t)into % 8) return ERROR_INVALID_PARAMETER;
  Statistics2 all = {4, 300, 60000, 0xffffffff, 205, 206, 207, 208, 209, 0xffffffffffffffff, 0x20000000000001, 212, 213, 214, 215};
  if (state.code == NO_ERROR) memcpy(into, &all, sizeof all);
  return state.code;
}
#endif

/* ---- SetTcpEntry ---- */

#ifndef WITHOUT_SetTcpEntry
EXPORT uint32_t __stdcall SetTcpEntry(const void *row) {
  note(3, 0);
  memcpy(given, row, 20);
  return state.code;
}
#endif

/* ---- owner modules ---- */

static uint16_t module_name[4096], module_path[4096];
static uint32_t module_excess; /* bytes that it asks for beyond what it was given, as if the text grew at each call */
static uint32_t module_wild;   /* whether its pointers point elsewhere */

/* Both texts end with a 0; an empty one is a NULL pointer. */
EXPORT void script_module(const uint16_t *name, uint32_t name_length, const uint16_t *path, uint32_t path_length,
                          uint32_t excess, uint32_t wild) {
  memset(module_name, 0, sizeof module_name);
  memset(module_path, 0, sizeof module_path);
  memcpy(module_name, name, name_length * 2);
  memcpy(module_path, path, path_length * 2);
  module_excess = excess;
  module_wild = wild;
}

static uint32_t length_of(const uint16_t *text) {
  uint32_t length = 0;
  while (text[length]) length++;
  return length;
}

/* Puts a text behind the others. Returns the pointer to it. */
static uint16_t *put(uint8_t **free_space, const uint16_t *text) {
  uint32_t bytes = (length_of(text) + 1) * 2;
  if (bytes == 2) return NULL;
  if (module_wild) return (uint16_t *)16;
  uint16_t *at = (uint16_t *)*free_space;
  memcpy(at, text, bytes);
  *free_space += bytes;
  return at;
}

static uint32_t owner_module(uint32_t function, uint32_t row_size, const void *row, uint32_t class, void *buffer,
                             uint32_t *size) {
  note(function, class);
  if (!row || !size || class != 0) return ERROR_INVALID_PARAMETER;
  memcpy(given, row, row_size);
  if (state.code != NO_ERROR) return state.code;
  uint32_t needed = 2 * sizeof(void *) + (length_of(module_name) + length_of(module_path) + 2) * 2;
  if (module_excess) needed = *size + module_excess;
  if (!buffer || *size < needed) {
    *size = needed;
    return ERROR_INSUFFICIENT_BUFFER;
  }
  uint16_t **pointers = buffer;
  uint8_t *free_space = (uint8_t *)(pointers + 2);
  pointers[0] = put(&free_space, module_name);
  pointers[1] = put(&free_space, module_path);
  return NO_ERROR;
}

#ifndef WITHOUT_GetOwnerModuleFromTcpEntry
EXPORT uint32_t __stdcall GetOwnerModuleFromTcpEntry(void *row, uint32_t class, void *buffer, uint32_t *size) {
  return owner_module(4, 160, row, class, buffer, size);
}
EXPORT uint32_t __stdcall GetOwnerModuleFromTcp6Entry(void *row, uint32_t class, void *buffer, uint32_t *size) {
  return owner_module(5, 192, row, class, buffer, size);
}
#endif

/* ---- the system's directory ---- */

static uint16_t directory[260];
static uint32_t directory_length; /* what is told: 0 for a failure, more than there is room for where it does not fit */

/* @param told 0 for the length that the text has */
EXPORT void script_directory(const uint16_t *path, uint32_t length, uint32_t told) {
  if (length >= 260) abort();
  memset(directory, 0, sizeof directory);
  memcpy(directory, path, length * 2);
  directory_length = told ? told : length;
}

EXPORT uint32_t __stdcall GetSystemDirectoryW(uint16_t *into, uint32_t size) {
  if (directory_length < size) memcpy(into, directory, (directory_length + 1) * 2);
  return directory_length;
}

/* ---- processes: a handle is the process's place in the list, from 1 ---- */

#define PROCESSES 16
static struct {
  uint32_t pid, low, high, length;
  uint16_t path[512];
} processes[PROCESSES];
static struct {
  uint32_t count, opened, closed, images, access;
} process_state;

EXPORT void forget_processes(void) {
  memset(processes, 0, sizeof processes);
  memset(&process_state, 0, sizeof process_state);
}

/* A process whose path has no length has one that nobody may know. */
EXPORT void script_process(uint32_t pid, uint32_t low, uint32_t high, const uint16_t *path, uint32_t length) {
  if (process_state.count == PROCESSES || length > 512) abort();
  uint32_t at = process_state.count++;
  processes[at].pid = pid;
  processes[at].low = low;
  processes[at].high = high;
  processes[at].length = length;
  memcpy(processes[at].path, path, length * 2);
}

EXPORT void observe_processes(uint32_t *into) { memcpy(into, &process_state, sizeof process_state); }

EXPORT uintptr_t __stdcall OpenProcess(uint32_t access, int32_t inherit, uint32_t pid) {
  process_state.access = access;
  for (uint32_t i = 0; i < process_state.count; i++) {
    if (processes[i].pid != pid || inherit) continue;
    process_state.opened++;
    return i + 1;
  }
  return 0;
}

EXPORT int32_t __stdcall GetProcessTimes(uintptr_t process, uint32_t *created, void *exited, void *kernel, void *user) {
  if (!exited || !kernel || !user) return 0;
  created[0] = processes[process - 1].low;
  created[1] = processes[process - 1].high;
  return 1;
}

EXPORT int32_t __stdcall QueryFullProcessImageNameW(uintptr_t process, uint32_t flags, uint16_t *path, uint32_t *size) {
  process_state.images++;
  uint32_t length = processes[process - 1].length;
  if (flags || length == 0 || *size <= length) return 0;
  memcpy(path, processes[process - 1].path, length * 2);
  path[length] = 0;
  *size = length;
  return 1;
}

EXPORT int32_t __stdcall CloseHandle(uintptr_t process) {
  if (process == 0 || process > process_state.count) return 0;
  process_state.closed++;
  return 1;
}
