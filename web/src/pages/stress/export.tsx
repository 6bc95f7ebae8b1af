import { Download } from "lucide-react";
import { download } from "../../lib/download";
import { shotsCsv, toMarkdown, type Phase, type Shot, type Totals } from "../../lib/stress";
import { CopyButton } from "../../ui/bits";
import { Button } from "../../ui/button";

export function ExportShots({ shots, phases, totals }: { shots: Shot[]; phases: Phase[]; totals: Totals }) {
  const stamp = new Date().toISOString().slice(0, 16).replaceAll(":", "");
  return (
    <>
      <CopyButton text={toMarkdown(phases, totals)} label="Copy as Markdown" withText />
      <Button small icon={Download} onClick={() => download(`stress-${stamp}.csv`, "text/csv", shotsCsv(shots))}>CSV</Button>
      <Button small icon={Download} onClick={() => download(`stress-${stamp}.json`, "application/json", JSON.stringify({ totals, phases, requests: shots }, null, 2))}>JSON</Button>
    </>
  );
}
