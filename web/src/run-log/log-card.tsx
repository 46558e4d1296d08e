import { CircleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { api } from "../api/client.ts";
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
export function LogCard({ runId, lines, firstError: toldError, isLive }: LogCardProps) {
  const [level, setLevel] = useState<LogLevel>("debug");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ChosenLine>();
  const [isFollowing, setFollowing] = useState(true);
  const graver = useMemo(() => linesFrom(lines, level), [lines, level]);
  const search = useLogSearch(runId, { text, level, isLive });
  const shown = search.lines ?? graver;
  const firstError = useFirstError(runId, toldError);
  const isChosen = (line: LogLine | undefined) => line !== undefined && line.number === chosen?.number;
  const detail = chosen === undefined ? undefined : (shown.find(isChosen) ?? [firstError].find(isChosen));
  const begin = lines[0]?.number ?? 1;
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
        {begin > 1 ? (
          <p className={styles.begin}>
            Line {count(begin)} is the first one that is kept; those before it, and errors among them, are gone.
          </p>
        ) : null}
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
          onShowAround={shown === lines || detail.number < begin ? undefined : () => jumpTo(detail)}
          onClose={() => setChosen(undefined)}
        />
      )}
    </Card>
  );
}

export type LogCardProps = {
  runId: string;
  lines: readonly LogLine[];
  /** The first one that was told, among the lines or not. */
  firstError: LogLine | undefined;
  isLive: boolean;
};

/** Yields the first error that is known: of those that were told, or on the server, whose lines may still be on their way. */
function useFirstError(runId: string, told: LogLine | undefined): LogLine | undefined {
  const params = { path: { id: runId }, query: { level: "error", limit: 1 } } as const;
  const { data } = api.useQuery("get", "/v1/runs/{id}/logs", { params }, { enabled: told === undefined });
  return told ?? data?.items[0];
}

function countWords(shown: number, { lines, hasMore, isFetching }: ReturnType<typeof useLogSearch>): string {
  if (isFetching && lines === undefined) return "Searching…";
  const words = `${count(shown)} ${shown === 1 ? "line" : "lines"}`;
  return lines !== undefined && hasMore ? `${words} and more` : words;
}
