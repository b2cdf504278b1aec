/** A Markdown table whose cells line up in its source as well: what README shows, a terminal can show as it is. */
export function table(header: readonly string[], body: readonly (readonly string[])[], texts = 1): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...body].map((cells) => (cells[column] ?? "").length)),
  );
  const isText = (column: number) => column < texts;
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => align(cells[column] ?? "", width, isText(column))).join(" | ")} |`;
  const rule = widths.map((width, column) => (isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [header, rule, ...body].map(line).join("\n");
}

/** Texts begin at the left, numbers end at the right. */
function align(cell: string, width: number, isText: boolean): string {
  return isText ? cell.padEnd(width) : cell.padStart(width);
}

/** Bold where it is a loss: the one thing that nobody may overlook. */
export function boldLoss(text: string, isLoss: boolean): string {
  return isLoss ? `**${text}**` : text;
}
