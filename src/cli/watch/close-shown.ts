import type { TcpRow } from "../../decoder/table/row.js";
import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { parseIPv4, parseIPv6 } from "../../format/address.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import { closeConnections } from "../../reader/close.js";
import { keyOf } from "./connection-key.js";
import type { Message, Question } from "./view.js";

/**
 * Closes the connection that was shown and asked about, and no other: what has its ends now is looked at first, by its identity and
 * its state, and once more right before it is closed. Returns what became of it, for people.
 *
 * @throws {CollectError} the tables can't be read: nothing was closed
 * @throws {UnsupportedSystemError} there is no way to it on this operating system
 */
export async function closeShown({ row, key }: Question): Promise<Message> {
  let leftAlone: string | undefined;
  const { found, confirmed, results } = await closeConnections({
    families: [row.localAddress.includes(":") ? 6 : 4],
    where: filterOfEnds(row),
    confirm: ({ rows }) => {
      const [now] = rows;
      if (rows.length > 1) leftAlone = `${rows.length} sockets have these ends, left alone`;
      else if (!now || keyOf(now) !== key || now.state !== row.state) leftAlone = "changed since, left alone";
      return leftAlone === undefined;
    },
  });
  if (found.rows.length === 0) return { text: "gone before", isFailure: false };
  if (!confirmed) return { text: leftAlone ?? "left alone", isFailure: true };
  const [result] = results;
  switch (result?.outcome) {
    case "closed":
      return { text: "closed", isFailure: false };
    case "gone":
      return { text: "gone before", isFailure: false };
    case "replaced":
    case "changed":
      return { text: "changed since, left alone", isFailure: true };
    case "refused": {
      const { name = "unknown code", number, text } = result.code;
      return { text: `${name} (${number}): ${text.replace(/[.\s]*$/, ".")} ${result.advice}`, isFailure: true };
    }
    case "unverified":
      return {
        text: `The system said that it closed it; the table could not be read again: ${result.error.message}`,
        isFailure: true,
      };
    default:
      return { text: "still there, although the system said that it closed it", isFailure: true };
  }
}

/** What has a row's ends. A listener is named, so that it may be closed. */
function filterOfEnds(row: TcpRow): Filter {
  const isListener = row.state === "LISTEN";
  const states = new Uint8Array(256).fill(isListener ? 0 : 1);
  states[MIB_TCP_STATE.LISTEN] = isListener ? 1 : 0;
  const operands: Expression[] = [
    { kind: "state", states, namesListeners: isListener },
    ...endOf(row, "local"),
    ...(isListener ? [] : endOf(row, "remote")),
  ];
  return { text: "the connection that is shown", expression: { kind: "and", operands } };
}

function endOf(row: TcpRow, which: "local" | "remote"): Expression[] {
  const port = row[`${which}Port`];
  const column = `${which}Address` as const;
  const ipv4 = parseIPv4(row[column]);
  const address: Expression =
    ipv4 !== undefined
      ? { kind: "ipv4", column, address: ipv4, mask: 0xffffffff }
      : {
          ...{ kind: "ipv6", column, address: parseIPv6(row[column]) ?? [0, 0, 0, 0] },
          mask: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
        };
  return [{ kind: "range", column: `${which}Port`, from: port, to: port }, address];
}
