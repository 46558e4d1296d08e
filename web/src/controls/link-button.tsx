import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes } from "react";
import { buttonClass, type ButtonLook } from "./button.tsx";

function ButtonLikeAnchor({
  variant,
  icon: Icon,
  children,
  ...rest
}: ButtonLook & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a {...rest} className={buttonClass(variant)}>
      {Icon === undefined ? null : <Icon size={15} aria-hidden />}
      {children}
    </a>
  );
}

/** A link to another page that looks like a button. */
export const LinkButton = createLink(ButtonLikeAnchor);
