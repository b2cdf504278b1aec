import { describe, expect, test } from "vitest";
import { gapsOf, hiddenOwners, missingColumnsText } from "../../src/cli/warnings.js";
import { CollectError } from "../../src/system/errors.js";

const sample = (hiddenOwners?: number, unknownOwners?: number) => ({
  collection: {
    ...(hiddenOwners !== undefined && { hiddenOwners }),
    ...(unknownOwners !== undefined && { unknownOwners }),
  },
});

describe("what a reading does not hold is told:", () => {
  test("nothing, where it holds everything", () => {
    expect(gapsOf({ failures: [], samples: [sample(), sample(0, 0)] })).toEqual([]);
  });

  test("a single hidden owner", () => {
    expect(gapsOf({ failures: [], samples: [sample(0), sample(1)] })).toEqual([hiddenOwners(1)]);
  });

  test("the hidden owners of both families together", () => {
    expect(gapsOf({ failures: [], samples: [sample(2), sample(3)] })).toEqual([hiddenOwners(5)]);
  });

  test("owners that were not found in time, one or more", () => {
    expect(gapsOf({ failures: [], samples: [sample(0, 1)] })).toEqual([
      "The owner of 1 connection is not known yet. Run tcptable again to see all.",
    ]);
    expect(gapsOf({ failures: [], samples: [sample(1, 2), sample(0, 3)] })).toEqual([
      hiddenOwners(1),
      "The owners of 5 connections are not known yet. Run tcptable again to see all.",
    ]);
  });

  test("a family that failed, and why", () => {
    const error = new CollectError(
      "NETLINK_SOCK_DIAG",
      { number: 105, name: "ENOBUFS", text: "no room" },
      [105],
      "Try.",
    );
    expect(gapsOf({ failures: [{ family: 6, error }], samples: [] })).toEqual([
      `IPv6 could not be read: ${error.message}`,
    ]);
  });

  test("but no defect of ours: that is thrown", () => {
    const defect = new TypeError("undefined is not a function");
    expect(() => gapsOf({ failures: [{ family: 4, error: defect }], samples: [] })).toThrow(defect);
  });
});

test("columns that this system does not have are told by their headings", () => {
  expect(missingColumnsText(["createTimestamp"])).toBe("This system does not tell Created: this column is empty.");
  expect(missingColumnsText(["receiveQueue", "sendQueue", "user", "inode"])).toBe(
    "This system does not tell Recv-Q, Send-Q, User and Inode: these columns are empty.",
  );
});
