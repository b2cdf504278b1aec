/*
 * An Iphlpapi.dll as an attacker would leave it beside a program: whoever calls it gets a table of one row that the system has
 * not, and a code that the system does not know. It has what node.exe itself imports, so that Node starts with it.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __declspec(dllexport)
#define PLANTED 4242

#define STUB(name) \
  EXPORT uint32_t __stdcall name(void) { return PLANTED; }
STUB(CancelMibChangeNotify2)
STUB(ConvertInterfaceIndexToLuid)
STUB(ConvertInterfaceLuidToNameW)
STUB(GetAdaptersAddresses)
STUB(GetBestRoute2)
STUB(NotifyIpInterfaceChange)
STUB(if_indextoname)
STUB(if_nametoindex)

EXPORT uint32_t __stdcall GetTcpTable(void *table, uint32_t *size, int32_t order) {
  uint32_t words[6] = {1, 5, 0x42424242, 0, 0x42424242, (uint32_t)order & 0};
  if (*size < sizeof words) return 122;
  memcpy(table, words, sizeof words);
  *size = sizeof words;
  return 0;
}

STUB(GetTcpStatistics)
STUB(GetTcpStatisticsEx)
STUB(GetTcpStatisticsEx2)
STUB(SetTcpEntry)
STUB(GetOwnerModuleFromTcpEntry)
