import { useMemo } from "react";
import { formatDuration } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import type { Shot } from "../../lib/stress";
import Chart, { ink } from "../../ui/chart";

const routeInk = (slug: string) => () => {
  const style = getComputedStyle(document.documentElement);
  return `oklch(${style.getPropertyValue("--route-l")} ${style.getPropertyValue("--route-c")} ${hueOf(slug)})`;
};

export default function LatencyPlot({ shots, name }: { shots: Shot[]; name: (slug: string) => string }) {
  const { data, series, sorted } = useMemo(() => {
    const sorted = [...shots].sort((a, b) => a.number - b.number);
    const platforms = [...new Set(sorted.map((shot) => shot.platform ?? "failed"))];
    const of = (platform: string) => sorted.map((shot) => ((shot.platform ?? "failed") === platform ? shot.duration_ms : null));
    return {
      sorted,
      data: [sorted.map((shot) => shot.number), ...platforms.map(of)],
      series: platforms.map((platform) => ({ label: name(platform), stroke: platform === "failed" ? ink("--bad") : routeInk(platform), points: true, value: (index: number) => ((sorted[index]?.platform ?? "failed") === platform ? formatDuration(sorted[index]!.duration_ms) : "") })),
    };
  }, [shots, name]);
  const slowest = Math.max(0, ...shots.map((shot) => shot.duration_ms));
  return <Chart label={`Latency of each request, at most ${formatDuration(slowest)}`} data={data} series={series} time={false} unit={(ms) => (ms === 0 ? "0" : formatDuration(ms))} heading={(index) => `Request ${sorted[index]?.number ?? ""}`} />;
}
