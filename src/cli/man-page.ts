import type { Command } from "commander";
import { describeCommands } from "./command-line.js";
import { filtersHelp } from "./help.js";
import { describeRecordingCommands } from "./recordings-line.js";
import { describeView } from "./view-arguments.js";

/**
 * The manual page `tcptable(1)`, made of what `--help` tells of each command: roff with the macros of man(7).
 *
 * @param version of the package
 */
export function manPage(version: string): string {
  const [main, ...others] = [...describeCommands(), describeView(), ...describeRecordingCommands()] as [
    Command,
    ...Command[],
  ];
  const filters = filtersHelp("linux");
  return [
    `.TH TCPTABLE 1 "" "tcptable ${escaped(version)}" "User Commands"`,
    ".SH NAME",
    "tcptable \\- TCP connections, as the kernel has them",
    ".SH SYNOPSIS",
    ...usageOf(main),
    ".SH DESCRIPTION",
    escaped(main.description()),
    ...optionsOf(main),
    ...sections(textAfterOptions(main), "SH"),
    ".SH COMMANDS",
    ...others.flatMap((command) => [
      `.SS "${escaped(command.name())}"`,
      escaped(command.description()),
      ...usageOf(command),
      ...optionsOf(command, "B"),
      ...verbatim(textAfterOptions(command).replace(filters, "").replace(filtersHelp(), "").trim()),
    ]),
    "",
  ].join("\n");
}

function usageOf(command: Command): string[] {
  return verbatim(command.createHelp().commandUsage(command).replace(/^ +/gm, ""));
}

/** The options by their groups. @param macro of the groups' headings */
function optionsOf(command: Command, macro: "SH" | "B" = "SH"): string[] {
  const help = command.createHelp();
  const lines: string[] = [];
  let group: string | undefined;
  for (const option of help.visibleOptions(command)) {
    const heading = option.helpGroupHeading ?? "Options:";
    if (heading !== group)
      lines.push(...(macro === "B" ? [".PP"] : []), `.${macro} "${escaped(titleOf(heading, macro))}"`);
    group = heading;
    lines.push(".TP", `.B "${escaped(help.optionTerm(option))}"`, escaped(help.optionDescription(option)));
  }
  return lines;
}

function titleOf(heading: string, macro: string): string {
  const title = heading.replace(/:$/, "");
  return macro === "SH" ? title.toUpperCase() : title;
}

/** A help text in parts: each heading is a line that ends with a colon. */
function sections(text: string, macro: "SH"): string[] {
  return text
    .trim()
    .split(/\n\n/)
    .flatMap((part) => {
      const [, heading, rest] = /^([A-Z][^\n]*):\n(.*)$/s.exec(part) ?? [];
      if (heading === undefined) return [".PP", ...verbatim(part)];
      return [`.${macro} "${escaped(heading.toUpperCase())}"`, ...verbatim(rest ?? "")];
    });
}

/** What `--help` tells behind the options. */
function textAfterOptions(command: Command): string {
  let whole = "";
  command.configureOutput({ writeOut: (part) => (whole += part) });
  command.outputHelp();
  return whole.slice(command.helpInformation().length);
}

/** Lines that stay as they are. */
function verbatim(text: string): string[] {
  return text === "" ? [] : [".PP", ".nf", ...text.split("\n").map(escaped), ".fi"];
}

/** A text without signs that roff takes for its own. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replaceAll("'", "\\(aq")
    .replace(/^\./gm, "\\&.");
}
