import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";
import styles from "./icon-button.module.css";

/** A button that is only a picture; its label is read out and shown on hover. */
export function IconButton({ icon: Icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} aria-label={label} title={label} className={`${styles.button} ${className ?? ""}`}>
      <Icon size={16} aria-hidden />
    </button>
  );
}

export type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon: LucideIcon; label: string };
