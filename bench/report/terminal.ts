import { styleText } from "node:util";

/** What is printed while a run goes on: Markdown as it gets ready, and on a terminal a line that says what is done now. */
export class Terminal {
  readonly #output: NodeJS.WriteStream;
  readonly #live: boolean;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#live = output.isTTY === true;
  }

  print(...lines: readonly string[]): void {
    this.#clear();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** A table or a paragraph, apart from what comes before it. */
  markdown(text: string): void {
    this.print("", this.#styles ? styled(text) : text);
  }

  note(text: string): void {
    this.print(this.#styles ? styleText("yellow", `Note: ${text}`) : `Note: ${text}`);
  }

  /** What is done now. Only for those who watch. */
  status(text: string): void {
    if (!this.#live) return;
    this.#clear();
    this.#output.write(text.slice(0, (this.#output.columns || 80) - 1));
  }

  get #styles(): boolean {
    return this.#live && !process.env.NO_COLOR;
  }

  #clear(): void {
    if (this.#live) this.#output.write("\r\x1b[K");
  }
}

/** Bold for `**bold**`, with spaces where the asterisks were: tables stay lined up. */
function styled(markdown: string): string {
  return markdown.replace(/\*\*(.+?)\*\*/g, (_, text: string) => `  ${styleText(["bold", "red"], text)}  `);
}
