import { closeCompletion } from "@codemirror/autocomplete";
import { PostgreSQL, sql as sqlLanguage } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import CodeMirror, { type ReactCodeMirrorRef } from "@uiw/react-codemirror";
import { useMemo, useRef, type KeyboardEvent } from "react";
import type { SqlEditorProps } from "./sql-editor.tsx";

// The colours are those of the page, so that one theme serves both.
const look = EditorView.theme({
  "&": { fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--colour-focus)", outlineOffset: "-2px" },
  ".cm-content": { fontFamily: "var(--font-code)", caretColor: "var(--colour-text)", padding: "0.6rem 0" },
  ".cm-gutters": { background: "transparent", border: "0", color: "var(--colour-quiet)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--colour-text)" },
  ".cm-placeholder": { color: "var(--colour-quiet)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--colour-accent-soft)",
  },
  ".cm-tooltip": {
    background: "var(--colour-raised)",
    border: "1px solid var(--colour-line)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--shadow-raised)",
    color: "var(--colour-text)",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--colour-accent)",
    color: "var(--colour-on-accent)",
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--colour-accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--colour-good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--colour-warn)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--colour-quiet)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--colour-busy)" },
]);

/** CodeMirror with the dialect of Postgres, in the colours of the page. */
export function CodeEditor({ sql, onChange, onRun, tables }: SqlEditorProps) {
  const editor = useRef<ReactCodeMirrorRef>(null);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    // the editor itself would begin a new line
    event.preventDefault();
    event.stopPropagation();
    if (editor.current?.view !== undefined) closeCompletion(editor.current.view);
    onRun();
  };
  const extensions = useMemo(
    () => [
      sqlLanguage({
        dialect: PostgreSQL,
        schema: namesOf(tables),
        ...(tables[0] === undefined ? {} : { defaultSchema: tables[0].schema }),
        upperCaseKeywords: false,
      }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "SQL" }),
      look,
      syntaxHighlighting(colours),
    ],
    [tables],
  );
  return (
    <CodeMirror
      ref={editor}
      onKeyDownCapture={onKey}
      value={sql}
      onChange={onChange}
      extensions={extensions}
      theme="none"
      indentWithTab={false}
      placeholder="select …"
      basicSetup={{ foldGutter: false, highlightActiveLine: false, searchKeymap: false }}
    />
  );
}

/** Yields the columns of each table for completion, by schema. */
function namesOf(tables: readonly QueryTableNames[]): Record<string, Record<string, string[]>> {
  const schemas: Record<string, Record<string, string[]>> = {};
  for (const { schema, name, columns } of tables) (schemas[schema] ??= {})[name] = columns.map((column) => column.name);
  return schemas;
}

type QueryTableNames = SqlEditorProps["tables"][number];
