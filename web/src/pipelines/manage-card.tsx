import { Copy, Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { download } from "../controls/download.ts";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { CloneDialog } from "./clone-dialog.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import styles from "./manage-card.module.css";

/** What can be done with a pipeline as a whole: clone it, take it along, delete it. */
export function ManageCard({ pipeline }: { pipeline: Schemas["Pipeline"] }) {
  const mayChange = useMay("admin");
  const [open, setOpen] = useState<"clone" | "delete">();
  const [exportError, setExportError] = useState<unknown>(null);
  const params = { path: { id: pipeline.id } };
  const exported = async () => {
    setExportError(null);
    const yaml = await answeredOrProblem(client.GET("/v1/pipelines/{id}/yaml", { params, parseAs: "text" }));
    download({ name: "sluice.yaml", type: "application/yaml", content: String(yaml) });
  };
  return (
    <Card title="This pipeline">
      <ul className={styles.deeds}>
        <Deed words="Another one with the same settings, which begins from nothing.">
          <Button icon={Copy} disabled={!mayChange} onClick={() => setOpen("clone")}>
            Clone…
          </Button>
        </Deed>
        <Deed words="As a sluice.yaml for the command line, with variables instead of its secrets.">
          <Button icon={Download} onClick={() => void exported().catch(setExportError)}>
            Export
          </Button>
        </Deed>
        <Deed words="With its runs, their logs and its schedules.">
          <Button variant="danger" icon={Trash2} disabled={!mayChange} onClick={() => setOpen("delete")}>
            Delete…
          </Button>
        </Deed>
      </ul>
      {exportError === null ? null : <TroubleNotice error={exportError} />}
      {open === "clone" ? <CloneDialog pipeline={pipeline} onClose={() => setOpen(undefined)} /> : null}
      {open === "delete" ? <DeleteDialog pipeline={pipeline} onClose={() => setOpen(undefined)} /> : null}
    </Card>
  );
}

function Deed({ words, children }: { words: string; children: React.ReactNode }) {
  return (
    <li className={styles.deed}>
      <span>{words}</span>
      {children}
    </li>
  );
}
