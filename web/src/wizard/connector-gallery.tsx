import type { Schemas } from "../api/client.ts";
import { ConnectorMark } from "../connections/connector-mark.tsx";
import { connectorWords, isUsualConnector } from "../connections/names.ts";
import styles from "./connector-gallery.module.css";

/** The connectors of this server of one kind, to choose one of: those that people come for, and on request all others. */
export function ConnectorGallery({ connectors, onChoose }: ConnectorGalleryProps) {
  const usual = connectors.filter(({ name }) => isUsualConnector(name));
  const others = connectors.filter(({ name }) => !isUsualConnector(name));
  if (usual.length === 0 || others.length === 0) return <Cards connectors={connectors} onChoose={onChoose} />;
  return (
    <>
      <Cards connectors={usual} onChoose={onChoose} />
      <details className={styles.others}>
        <summary>Other connectors of this server ({others.length})</summary>
        <Cards connectors={others} onChoose={onChoose} />
      </details>
    </>
  );
}

function Cards({ connectors, onChoose }: ConnectorGalleryProps) {
  return (
    <ul className={styles.gallery}>
      {connectors.map((connector) => (
        <li key={connector.name}>
          <button type="button" className={styles.card} onClick={() => onChoose(connector)}>
            <ConnectorMark name={connector.name} />
            <span className={styles.words}>
              <span className={styles.name}>{connectorWords(connector.name)}</span>
              <span className={styles.note}>{connector.description ?? connector.name}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export type ConnectorGalleryProps = {
  connectors: readonly Schemas["Connector"][];
  onChoose: (connector: Schemas["Connector"]) => void;
};
