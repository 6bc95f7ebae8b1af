import type { Timeline } from "../../api/types";
import { formatClock, formatExact, formatWhole } from "../../lib/format";
import Chart, { ink } from "../../ui/chart";

export default function TimelineChart({ timeline }: { timeline: Timeline }) {
  const points = timeline.points;
  const at = points.map((point) => Date.parse(point.at) / 1000);
  const answered = points.map((point) => point.succeeded);
  const all = points.map((point) => point.succeeded + point.failed);
  const busiest = points.reduce((best, point) => (point.requests > best.requests ? point : best), points[0]!);
  return (
    <Chart
      label={`Requests over time, at most ${formatWhole(busiest.requests)} at ${formatClock(busiest.at)}`}
      data={[at, all, answered]}
      series={[
        { label: "Failed", stroke: ink("--bad"), fill: ink("--bad"), bars: true, value: (index) => formatWhole(points[index]?.failed ?? 0) },
        { label: "Answered", stroke: ink("--accent"), fill: ink("--accent"), bars: true, value: (index) => formatWhole(points[index]?.succeeded ?? 0) },
      ]}
      heading={(index) => (points[index] ? formatExact(points[index].at) : "")}
    />
  );
}
