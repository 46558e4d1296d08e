import { CircleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { count } from "../controls/number-words.ts";
import { Select } from "../controls/select.tsx";
import { SearchField } from "../controls/search-field.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import type { LogLine } from "../runs/watched-run.ts";
import styles from "./log-card.module.css";
import { LEVEL_WORDS, LOG_LEVELS, linesFrom, type LogLevel } from "./log-levels.ts";
import { LogLineDetail } from "./log-line-detail.tsx";
import { LogList, type ChosenLine } from "./log-list.tsx";
import { useLogSearch } from "./use-log-search.ts";

/** The log of a run: its end while it goes on, narrowed by level, searched on the server, with the way to its first error. */
export function LogCard({ runId, lines, isLive }: LogCardProps) {
  const [level, setLevel] = useState<LogLevel>("debug");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ChosenLine>();
  const [isFollowing, setFollowing] = useState(true);
  const graver = useMemo(() => linesFrom(lines, level), [lines, level]);
  const search = useLogSearch(runId, { text, level, isLive });
  const shown = search.lines ?? graver;
  const firstError = useMemo(() => lines.find((line) => line.level === "error"), [lines]);
  const detail = chosen === undefined ? undefined : shown.find(({ number }) => number === chosen.number);
  const jumpTo = ({ number }: LogLine) => {
    setFollowing(false);
    setText("");
    setLevel("debug");
    setChosen({ number });
  };
  return (
    <Card
      title="Log"
      isFlush
      actions={
        <>
          <label className={styles.follow}>
            <input type="checkbox" checked={isFollowing} onChange={({ target }) => setFollowing(target.checked)} />
            Follow
          </label>
          <Button
            icon={CircleAlert}
            disabled={firstError === undefined}
            onClick={() => firstError !== undefined && jumpTo(firstError)}
          >
            First error
          </Button>
        </>
      }
    >
      <div className={styles.tools}>
        <SearchField label="Search the log" value={text} onChange={setText} />
        <Select label="Levels" value={level} onChange={({ target }) => setLevel(target.value as LogLevel)}>
          {LOG_LEVELS.map((each) => (
            <option key={each} value={each}>
              {LEVEL_WORDS[each]}
            </option>
          ))}
        </Select>
        <output className={styles.count}>{countWords(shown.length, search)}</output>
      </div>
      {search.error === null ? null : <TroubleNotice error={search.error} />}
      <LogList
        lines={shown}
        chosen={chosen}
        empty={
          text !== "" || level !== "debug"
            ? "No line is like that."
            : isLive
              ? "It has said nothing yet."
              : "It said nothing, or its log was forgotten."
        }
        isFollowing={isFollowing && search.lines === undefined}
        onChoose={(number) => setChosen({ number })}
        onFollow={setFollowing}
        onEnd={() => search.lines !== undefined && search.hasMore && search.more()}
      />
      {detail === undefined ? null : (
        <LogLineDetail
          line={detail}
          onShowAround={shown === lines ? undefined : () => jumpTo(detail)}
          onClose={() => setChosen(undefined)}
        />
      )}
    </Card>
  );
}

export type LogCardProps = { runId: string; lines: readonly LogLine[]; isLive: boolean };

function countWords(shown: number, { lines, hasMore, isFetching }: ReturnType<typeof useLogSearch>): string {
  if (isFetching && lines === undefined) return "Searching…";
  const words = `${count(shown)} ${shown === 1 ? "line" : "lines"}`;
  return lines !== undefined && hasMore ? `${words} and more` : words;
}
