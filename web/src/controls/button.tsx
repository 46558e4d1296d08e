import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";
import styles from "./button.module.css";

export type ButtonLook = {
  /** One primary button a page: what most people came for. */
  variant?: "primary" | "plain" | "quiet" | "danger";
  icon?: LucideIcon | undefined;
};

/** Yields the classes of a button, for links that look like one, too. */
export function buttonClass(variant: NonNullable<ButtonLook["variant"]> = "plain"): string {
  return `${styles.button} ${styles[variant]}`;
}

/** A button. While it is busy it keeps its width and its focus, and a second press does nothing. */
export function Button({
  variant,
  icon: Icon,
  isBusy = false,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={isBusy ? "button" : type}
      className={buttonClass(variant)}
      aria-busy={isBusy}
      onClick={isBusy ? undefined : onClick}
    >
      {isBusy ? (
        <span className={styles.spinner} aria-hidden />
      ) : Icon === undefined ? null : (
        <Icon size={15} aria-hidden />
      )}
      {children}
    </button>
  );
}

export type ButtonProps = ButtonLook & ButtonHTMLAttributes<HTMLButtonElement> & { isBusy?: boolean };
