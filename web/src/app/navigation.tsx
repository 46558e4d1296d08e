import { Link } from "@tanstack/react-router";
import { Cable, ListChecks, Menu, Settings, TableProperties, Workflow, X } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../controls/icon-button.tsx";
import { Account } from "../session/account.tsx";
import styles from "./navigation.module.css";
import { ThemeSwitch } from "./theme-switch.tsx";

const PAGES = [
  { to: "/pipelines", name: "Pipelines", icon: Workflow },
  { to: "/runs", name: "Runs", icon: ListChecks },
  { to: "/connections", name: "Connections", icon: Cable },
  { to: "/explorer", name: "Explorer", icon: TableProperties },
  { to: "/settings", name: "Settings", icon: Settings },
] as const;

/** The way to every part of the page; on a narrow screen it opens from a bar. */
export function Navigation() {
  const [isOpen, setOpen] = useState(false);
  return (
    <header className={styles.navigation} data-open={isOpen}>
      <div className={styles.bar}>
        <Link to="/" className={styles.brand}>
          <img src="/sluice.svg" alt="" width={22} height={22} />
          Sluice
        </Link>
        <IconButton
          className={styles.toggle}
          icon={isOpen ? X : Menu}
          label={isOpen ? "Close the menu" : "Open the menu"}
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        />
      </div>
      <div className={styles.rest} id="navigation">
        <nav aria-label="Main">
          <ul>
            {PAGES.map(({ to, name, icon: Icon }) => (
              <li key={to}>
                <Link to={to} className={styles.link} onClick={() => setOpen(false)}>
                  <Icon size={16} aria-hidden />
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.foot}>
          <ThemeSwitch />
          <Account />
        </div>
      </div>
    </header>
  );
}
