import "@fontsource-variable/inter/wght.css";
import "./design/tokens.css";
import "./design/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { applyTheme } from "./app/theme.ts";
import { App } from "./app/app.tsx";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no element with the id root.");
applyTheme();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
