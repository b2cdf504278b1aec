import Combobox from "@github/combobox-nav";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Completion, type Completions, completionsAt } from "../model/complete.js";
import { filterHistory } from "../model/history.js";
import { usePage } from "./context.js";
import { Icon } from "./icons.js";

const EXAMPLE = "state close-wait dst 10.0.0.0/8 and dport = :443";
/** The grammar's words, coloured in the box. The worker decides what is right. */
const KEYWORDS = /\b(state|exclude|excl|dst|src|dport|sport|pid|user|and|or|not|in)\b/gi;
const FORMER_SHOWN = 5;
const MOST_WORDS = 8;

/** The filter: a text field over a coloured mirror of it, with completions, the mistake under the caret, and filters before. */
export function FilterBox() {
  const { viewer, isNarrow } = usePage();
  const { typed, mistake } = viewer.state;
  const isOpen = useSignal(false);
  const caret = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const text = typed.value;
  const problem = mistake.value;
  const offered = isOpen.value ? withSuggestion(completionsAt(text, caret.value), text, problem?.problem) : null;
  const former = isOpen.value
    ? filterHistory()
        .filter((each) => each !== text.trim())
        .slice(0, FORMER_SHOWN)
    : [];

  useEffect(() => {
    if (!isOpen.value || !input.current || !list.current) return;
    const combobox = new Combobox(input.current, list.current, { tabInsertsSuggestions: true });
    combobox.start();
    return () => combobox.stop();
  }, [isOpen.value]);

  const readCaret = () => {
    caret.value = input.current?.selectionStart ?? text.length;
    if (mirror.current && input.current) mirror.current.scrollLeft = input.current.scrollLeft;
  };
  const close = () => {
    isOpen.value = false;
    viewer.commitFilter();
  };
  const put = (value: string, at: number) => {
    viewer.type(value);
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(at, at);
      readCaret();
    });
  };
  const complete = (word: string) => {
    if (!offered) return;
    const after = text.slice(offered.to);
    const space = after.startsWith(" ") ? "" : " ";
    put(text.slice(0, offered.from) + word + space + after, offered.from + word.length + 1);
  };
  const committed = (event: Event) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    if (!option) return;
    const { word, filter } = option.dataset;
    if (filter !== undefined) {
      put(filter, filter.length);
      isOpen.value = false;
    } else if (word) {
      complete(word);
    }
  };
  useEffect(() => {
    const element = list.current;
    element?.addEventListener("combobox-commit", committed);
    return () => element?.removeEventListener("combobox-commit", committed);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const first = offered?.words[0];
    // What is chosen in the list is the list's own matter.
    const isChosen = list.current?.querySelector('[aria-selected="true"]') != null;
    if (event.key === "Tab" && !event.shiftKey && !isChosen && first && offered.to > offered.from) {
      event.preventDefault();
      complete(first.text);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (isOpen.value) isOpen.value = false;
      else input.current?.blur();
    } else if (event.key === "Enter" && !isChosen) {
      close();
    } else if (event.key === "ArrowDown" && !isOpen.value) {
      event.preventDefault();
      isOpen.value = true;
    }
  };
  const hasList = offered !== null && (offered.words.length > 0 || former.length > 0 || problem !== null);
  return (
    <div class={`filter ${problem ? "wrong" : isOpen.value ? "on" : ""}`}>
      <Icon name="filter" />
      <div class="box">
        <div class="text" aria-hidden="true" ref={mirror}>
          {text ? coloured(text, problem?.column) : <span class="dim">{EXAMPLE}</span>}
        </div>
        <input
          ref={input}
          id="filter"
          class="field"
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={hasList}
          aria-controls="completions"
          aria-autocomplete="list"
          aria-invalid={problem !== null}
          aria-describedby={problem ? "mistake" : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            viewer.type(event.currentTarget.value);
            isOpen.value = true;
            readCaret();
          }}
          onSelect={readCaret}
          onScroll={readCaret}
          onFocus={() => {
            isOpen.value = true;
            readCaret();
          }}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
      </div>
      {text && (
        <button
          type="button"
          class="btn icon clear"
          aria-label="Clear the filter"
          title="Clear the filter"
          onClick={() => {
            viewer.type("");
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
      <kbd class="only-wide">/</kbd>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: pressing in the list must not take the focus from the box */}
      <div class="pop" hidden={!hasList} onMouseDown={(event) => event.preventDefault()}>
        {problem && (
          <Mistake
            text={text}
            column={problem.column}
            problem={problem.problem ?? problem.message}
            isNarrow={isNarrow.value}
          />
        )}
        <div role="listbox" id="completions" aria-label="Completions and filters before" ref={list}>
          {offered?.words.slice(0, MOST_WORDS).map((each, place) => (
            <Option key={each.text} completion={each} prefix={text.slice(offered.from, caret.value)} place={place} />
          ))}
          {former.length > 0 && <h3 role="presentation">Filters before</h3>}
          {former.map((each, place) => (
            <div
              role="option"
              class="past"
              id={`former-${place}`}
              key={each}
              data-filter={each}
              aria-selected="false"
              tabIndex={-1}
            >
              <code>{coloured(each)}</code>
            </div>
          ))}
        </div>
        <div class="hints">
          <span>
            <kbd>Tab</kbd> takes
          </span>
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> choose
          </span>
          <span>
            <kbd>Esc</kbd> closes the list, again leaves the filter
          </span>
        </div>
      </div>
    </div>
  );
}

/** What the message means that was meant stands first, in place of a word that is none. */
function withSuggestion(offered: Completions, text: string, problem: string | undefined): Completions {
  const meant = /Did you mean "([\w-]+)"/.exec(problem ?? "")?.[1];
  const word = text.slice(offered.from, offered.to);
  // The message may be about a word that was typed on since.
  if (!meant || !word || !problem?.includes(`"${word}"`)) return offered;
  if (offered.words.some((each) => each.text === meant)) return offered;
  return { ...offered, words: [{ text: meant, hint: "nearest word" }, ...offered.words] };
}

function Option({
  completion,
  prefix,
  place,
}: {
  readonly completion: Completion;
  readonly prefix: string;
  readonly place: number;
}) {
  const { text: word, hint } = completion;
  const fits = prefix && word.startsWith(prefix.toLowerCase()) ? prefix.length : 0;
  return (
    <div role="option" id={`completion-${place}`} data-word={word} aria-selected="false" tabIndex={-1}>
      <code>
        <em>{word.slice(0, fits)}</em>
        {word.slice(fits)}
      </code>
      <span class="mid">{hint}</span>
    </div>
  );
}

interface MistakeProps {
  readonly text: string;
  readonly column: number | undefined;
  readonly problem: string;
  readonly isNarrow: boolean;
}

/** What is wrong, with carets under it. */
function Mistake({ text, column, problem, isNarrow }: MistakeProps) {
  const long = column === undefined ? 0 : Math.max(1, /^\S*/.exec(text.slice(column))?.[0].length ?? 1);
  // Where there is little room, the text around the mistake is told again.
  const start = isNarrow ? Math.max(0, (column ?? 0) - 18) : 0;
  return (
    <div class="err" id="mistake" role="status">
      {column !== undefined && (
        <pre aria-hidden="true">
          {isNarrow && <span class="ink">{`${start > 0 ? "… " : ""}${text.slice(start)}\n`}</span>}
          {" ".repeat(column - start + (start > 0 ? 2 : 0)) + "^".repeat(long)}
        </pre>
      )}
      <p>{problem}</p>
    </div>
  );
}

/** The text with its keywords coloured, and the word at the mistake marked. */
function coloured(text: string, mistake?: number): ComponentChildren {
  const parts: ComponentChildren[] = [];
  const end = mistake === undefined ? text.length : mistake + (/^\S*/.exec(text.slice(mistake))?.[0].length ?? 0);
  const words = (from: number, to: number) => {
    let at = from;
    for (const found of text.slice(from, to).matchAll(KEYWORDS)) {
      parts.push(text.slice(at, from + found.index), <span class="kw">{found[0]}</span>);
      at = from + found.index + found[0].length;
    }
    parts.push(text.slice(at, to));
  };
  words(0, mistake ?? text.length);
  if (mistake !== undefined) {
    parts.push(<span class="bad">{text.slice(mistake, end)}</span>);
    words(end, text.length);
  }
  return parts;
}
