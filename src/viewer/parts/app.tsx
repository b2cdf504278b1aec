import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { visible } from "../model/texts.js";
import { Bar } from "./bar.js";
import { usePage } from "./context.js";
import { Detail } from "./detail.js";
import { acceptDrops } from "./drop.js";
import { Empty } from "./empty.js";
import { FilterBar } from "./filter-bar.js";
import { GroupTable } from "./groups.js";
import { listenToKeys } from "./keys.js";
import { KeysSheet } from "./keys-sheet.js";
import { Lives } from "./lives.js";
import { Notice } from "./notice.js";
import { Status } from "./status.js";
import { Table } from "./table.js";
import { Timeline } from "./timeline/timeline.js";

/** The whole page. */
export function App() {
  const { viewer } = usePage();
  const { state } = viewer;
  useEffect(() => {
    const ends = [
      viewer.start(),
      listenToKeys(viewer),
      acceptDrops((file) => void viewer.open({ kind: "file", file, name: file.name })),
      effect(() => {
        const theme = state.theme.value;
        if (theme === "system") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = theme;
      }),
      effect(() => {
        const info = state.info.value;
        document.title = info ? `${visible(info.metadata.host || info.name)} – tcptable` : "tcptable";
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [viewer, state]);
  const isLives = state.scope.value === "recording";
  return (
    <div class="app">
      <Bar />
      {state.phase.value === "empty" ? (
        <Empty />
      ) : (
        <>
          <Notice />
          <Timeline />
          <FilterBar />
          <main class="body">
            {isLives ? <Lives /> : state.groupBy.value ? <GroupTable /> : <Table />}
            <Detail />
          </main>
        </>
      )}
      <Status />
      <KeysSheet />
    </div>
  );
}
