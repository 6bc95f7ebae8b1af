// The readable page of the API's description, served at /api/docs. Needs no log-in: it shows only
// /api/openapi.json.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Reference } from "./reference/reference";
import "./styles.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Reference />
  </StrictMode>,
);
