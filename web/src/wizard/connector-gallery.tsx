import type { Schemas } from "../api/client.ts";
import { ConnectorMark } from "../connections/connector-mark.tsx";
import { connectorWords } from "../connections/names.ts";
import styles from "./connector-gallery.module.css";

/** The connectors of this server of one kind, to choose one of. */
export function ConnectorGallery({ connectors, onChoose }: ConnectorGalleryProps) {
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
