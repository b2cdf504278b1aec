/** What a table itself takes: the other sizes are compared with it. */
export const RAW = "raw table";
