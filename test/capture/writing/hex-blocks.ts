/** The bytes of each block of code in a page of Markdown that is one of bytes: two digits each, with comments behind `#`. */
export function hexBlocks(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/```\n([^`]+)```/g)].map(([, text = ""]) =>
    text
      .split("\n")
      .map((line) => line.replace(/#.*$/, ""))
      .join("")
      .replaceAll(/\s/g, ""),
  );
  return blocks.filter((text) => /^([0-9a-f]{2})+$/.test(text));
}
