/** What everything is compared with. */
export const KERNEL = "kernel";
export const KERNEL_COPYING = "kernel, bytes copied in";
export const PLAIN = "plain engine";
export const TUNED = "TypeScript tuned by hand";
export const NUMBER_OBJECTS = "row objects of numbers";
export const OBJECTS = "row objects";

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
