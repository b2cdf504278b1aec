/** What everything is compared with. */
export const KERNEL = "kernel";
export const KERNEL_COPYING = "kernel, bytes copied in";
export const KERNEL_EXPORT = "kernel's export, called alone";
export const PLAIN = "plain engine";
export const TUNED = "TypeScript tuned by hand";
export const NUMBER_OBJECTS = "row objects of numbers";
export const OBJECTS = "row objects";

/** What may come of two tables, and of frames. */
export const DECODE_ONE = "decode of one of them";
export const THROUGH_FRAMES = "kernel, through frames";
export const TEXT_MAP = "Map of text keys";
export const DELTA_CHANGES = "delta frame, and its changes";
export const KEY_FRAME = "key frame";
export const JSON_CHANGES = "JSON of the changes";
export const DEFLATE = "deflate of the table";

/** Native code, where there is a compiler. */
export const NATIVE = "C";
export const MEMCPY = "memcpy";
export const STD_SORT = "C++ std::sort";
export const DUMP = "C netlink dump";

/** What people use today. */
export const SS = "ss -tanH";
export const PSUTIL = "psutil";
export const SS_OWNERS = "ss -tanpH";
export const PSUTIL_OWNERS = "psutil, with PIDs";
export const SYSTEMINFORMATION = "systeminformation";
export const SS_FILTER = "ss with the filter";

/** Whole processes, and the whole table. */
export const NODE = "node -e 0";
export const SS_COMMAND = "ss";
export const WHOLE_TABLE = "the whole table";
