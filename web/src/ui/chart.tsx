// uPlot in the page's colours. Loaded only by the pages that draw; always redrawn when the theme changes.
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatClock, formatDay } from "../lib/format";
import { useTheme } from "../lib/theme";
import { useMedia } from "../lib/hooks";

type Series = { label: string; stroke: () => string; fill?: () => string; bars?: boolean; points?: boolean; value: (index: number) => string };
type ChartProps = { label: string; data: (number | null)[][]; series: Series[]; heading: (index: number) => string; time?: boolean; unit?: (value: number) => string };

/** A colour of the style sheet, as it is in the present theme. */
export const ink = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export default function Chart({ label, data, series, heading, time = true, unit }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const dark = useMedia("(prefers-color-scheme: dark)");
  const describe = useRef(series);
  describe.current = series;
  const shape = series.map((one) => one.label).join();
  useEffect(() => {
    const element = box.current!;
    const axis = { stroke: ink("--muted")(), grid: { stroke: ink("--line")(), width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time }, y: { range: (_, __, high) => [0, Math.max(1, high * 1.08)] } },
        axes: [{ ...axis, values: time ? (_, ticks, __, ___, every_s) => ticks.map((at) => (every_s >= 86_400 ? formatDay : formatClock)(new Date(at * 1000).toISOString())) : undefined }, { ...axis, size: unit ? 62 : 44, values: unit ? (_, ticks) => ticks.map(unit) : undefined }],
        series: [{}, ...describe.current.map((one) => ({
          label: one.label,
          stroke: one.stroke(),
          fill: one.fill?.(),
          width: one.bars ? 0 : 1.5,
          paths: one.bars ? uPlot.paths.bars!({ size: [0.8, 26], radius: 0.15 }) : one.points ? () => null : undefined,
          points: { show: Boolean(one.points), size: 6, fill: one.stroke() },
        }))],
        hooks: { setCursor: [(self) => setAt(self.cursor.idx ?? null)] },
      },
      data as uPlot.AlignedData,
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [data, time, unit, theme, dark, shape]);
  return (
    <figure className="flex h-full flex-col" aria-label={label}>
      <figcaption className="flex h-6 gap-4 text-sm text-muted">
        {at === null || at >= (data[0]?.length ?? 0) ? (
          series.map((one) => <span key={one.label} className="inline-flex items-center gap-1.5"><Swatch color={one.stroke()} />{one.label}</span>)
        ) : (
          <>
            <span>{heading(at)}</span>
            {series.map((one) => <span key={one.label} className="inline-flex items-center gap-1.5"><Swatch color={one.stroke()} />{one.label} {one.value(at)}</span>)}
          </>
        )}
      </figcaption>
      <div ref={box} role="img" aria-label={label} className="min-h-0 grow overflow-hidden" />
    </figure>
  );
}

function Swatch({ color }: { color: string }) {
  return <span aria-hidden className="size-2.5 rounded-[2px]" style={{ background: color }} />;
}
