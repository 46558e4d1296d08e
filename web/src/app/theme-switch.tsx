import { Monitor, Moon, Sun } from "lucide-react";
import { useId } from "react";
import { useTheme, type Theme } from "./theme.ts";
import styles from "./theme-switch.module.css";

const THEMES = [
  { theme: "system", name: "As the system", icon: Monitor },
  { theme: "light", name: "Light", icon: Sun },
  { theme: "dark", name: "Dark", icon: Moon },
] as const satisfies { theme: Theme; name: string; icon: unknown }[];

export function ThemeSwitch() {
  const [chosen, choose] = useTheme();
  const name = useId();
  return (
    <fieldset className={styles.switch}>
      <legend>Theme</legend>
      {THEMES.map(({ theme, name: label, icon: Icon }) => (
        <label key={theme} title={label}>
          <input
            type="radio"
            name={name}
            checked={theme === chosen}
            onChange={() => choose(theme)}
            aria-label={label}
          />
          <Icon size={14} aria-hidden />
        </label>
      ))}
    </fieldset>
  );
}
