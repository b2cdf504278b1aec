import type { ComponentChildren } from "preact";

interface SegmentsProps<Value> {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly text: ComponentChildren; readonly title?: string }[];
  readonly chosen: Value;
  choose(value: Value): void;
}

/** One of several: a radio group. Arrows move and choose. */
export function Segments<Value>({ label, choices, chosen, choose }: SegmentsProps<Value>) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = choices.findIndex(({ value }) => value === chosen);
    const next = (at + step + choices.length) % choices.length;
    const choice = choices[next];
    if (choice) choose(choice.value);
    const buttons = (event.currentTarget as HTMLElement).querySelectorAll("button");
    buttons[next]?.focus();
  };
  return (
    <div class="seg only-wide" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {choices.map(({ value, text, title }) => (
        <button
          type="button"
          key={String(value)}
          role="radio"
          aria-checked={value === chosen}
          tabIndex={value === chosen ? 0 : -1}
          title={title}
          onClick={() => choose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
