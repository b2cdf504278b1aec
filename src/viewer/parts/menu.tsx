import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export interface MenuItem {
  readonly label: string;
  readonly keys?: string;
  /** Whether it is the one that is chosen; absent for what only does something. */
  readonly checked?: boolean;
  /** Whether a line stands above it. */
  readonly divided?: boolean;
  choose(): void;
}

interface MenuProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** Where its upper corner stands, in the window; it moves where it would not fit. */
  readonly left: number;
  readonly top: number;
  close(): void;
}

/** A list of things to do. Arrows move, Enter chooses, Esc closes; the focus goes back to where it was. */
export function Menu({ label, items, left, top, close }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const box = menu.current;
    if (!box) return;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    box.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
    box.querySelector<HTMLElement>("button")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [left, top]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [close]);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(menu.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const goTo = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    event.stopPropagation();
    if (goTo !== undefined) {
      event.preventDefault();
      buttons.at(goTo % buttons.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  };
  return (
    <div class="menu" role="menu" aria-label={label} ref={menu} onKeyDown={onKeyDown} tabIndex={-1}>
      {items.map(({ label: text, keys, checked, divided, choose }) => (
        <Fragment key={text}>
          {divided && <hr />}
          <button
            type="button"
            role={checked === undefined ? "menuitem" : "menuitemradio"}
            aria-checked={checked}
            onClick={() => {
              close();
              choose();
            }}
          >
            {text}
            {keys && <kbd>{keys}</kbd>}
          </button>
        </Fragment>
      ))}
    </div>
  );
}
