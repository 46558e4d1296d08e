import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { ConnectorMark } from "../connections/connector-mark.tsx";
import { useConnections } from "../connections/use-connections.ts";
import { useConnectors } from "../connections/use-connector.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { Pending } from "../controls/pending.tsx";
import styles from "./connection-step.module.css";
import { ConnectorGallery } from "./connector-gallery.tsx";
import { StepHeading } from "./step-heading.tsx";
import { NewConnectionForm } from "./new-connection-form.tsx";

type Kind = Schemas["Connector"]["kind"];

const WORDS: Record<Kind, { question: string; none: string }> = {
  source: { question: "Where do the records come from?", none: "There is no source on this server" },
  destination: { question: "Where do they go?", none: "There is no destination on this server" },
};

/** Chooses a connection of one kind that is there, or makes a new one with a connector. */
export function ConnectionStep({ kind, chosen, onDone }: ConnectionStepProps) {
  const [connector, setConnector] = useState<Schemas["Connector"]>();
  const connectors = useConnectors();
  const connections = useConnections();
  const error = connectors.error ?? connections.error;
  // what was filled in stays while the server is away
  if (connectors.data === undefined || connections.data === undefined || isLasting(error))
    return <Pending what="connectors" error={error} onRetry={() => void connectors.refetch()} />;
  if (connector !== undefined)
    return (
      <section className={styles.step}>
        <div className={styles.head}>
          <Button variant="quiet" icon={ArrowLeft} onClick={() => setConnector(undefined)}>
            Choose another {kind}
          </Button>
        </div>
        <NewConnectionForm
          key={connector.name}
          connector={connector}
          takenNames={connections.data.map(({ name }) => name)}
          onDone={onDone}
        />
      </section>
    );
  const offered = connectors.data.filter((each) => each.kind === kind);
  const existing = connections.data.filter((each) => each.kind === kind);
  return (
    <section className={styles.step}>
      <StepHeading>{WORDS[kind].question}</StepHeading>
      {existing.length === 0 ? null : (
        <Card title="Use a connection that is there" isFlush>
          <ul>
            {existing.map(({ id, name, connector: program }) => (
              <li key={id}>
                <button type="button" className={styles.existing} onClick={() => onDone(id)}>
                  <ConnectorMark name={program} />
                  <span className={styles.name}>{name}</span>
                  <span className={styles.note}>{id === chosen ? "chosen" : program}</span>
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {existing.length === 0 ? null : <h3>Or make a new one</h3>}
      {offered.length === 0 ? (
        <EmptyState
          title={WORDS[kind].none}
          explanation="Connectors are programs whose names begin with source- or destination-. Put one on the server's PATH and load this page again."
        />
      ) : (
        <ConnectorGallery connectors={offered} onChoose={setConnector} />
      )}
    </section>
  );
}

export type ConnectionStepProps = {
  kind: Kind;
  /** Id of the connection that was chosen before. */
  chosen: string | undefined;
  onDone: (connectionId: string) => void;
};
