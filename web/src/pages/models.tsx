import { createColumnHelper, flexRender, getCoreRowModel, getSortedRowModel, useReactTable, type SortingState } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, Library } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useModels, usePlatforms } from "../api/queries";
import type { Model } from "../api/types";
import { formatCount, formatTokens, plural } from "../lib/format";
import { useOffsetTop } from "../lib/hooks";
import { Empty, Problem, RouteMark, StateWord, Tag, Waiting } from "../ui/bits";
import { SearchBox, Select } from "../ui/field";
import { Page } from "../ui/page";
import { Toggle } from "./fallback/filters";
import { ModelDrawer } from "./models/model-drawer";
import { limitSummary } from "./models/limits";

const column = createColumnHelper<Model & { platformName: string }>();
const kRow = 60;
const kHidden: Record<string, string> = { intelligence_rank: "hidden lg:table-cell", speed_rank: "hidden lg:table-cell", context_window: "hidden md:table-cell", limits: "hidden xl:table-cell", monthly_token_budget: "hidden lg:table-cell" };

export default function Models() {
  const models = useModels();
  const platforms = usePlatforms();
  const [text, setText] = useState("");
  const [platform, setPlatform] = useState("");
  const [usable, setUsable] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const all = useMemo(() => {
    const names = new Map(platforms.data?.data.map((row) => [row.slug, row.name]));
    return (models.data?.data ?? []).map((row) => ({ ...row, platformName: names.get(row.platform) ?? row.platform }));
  }, [models.data, platforms.data]);
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return all.filter((row) => (!wanted || `${row.display_name} ${row.upstream_id} ${row.logical_name} ${row.platformName}`.toLowerCase().includes(wanted)) && (!platform || row.platform === platform) && (!usable || (row.enabled && row.usable_keys > 0)));
  }, [all, text, platform, usable]);
  const families = new Set(shown.map((row) => row.logical_name)).size;
  return (
    <Page title="Models" full lead="The catalog with each model's free limits. A limit you know better can be edited; what a provider states is learned by itself.">
      <div role="search" aria-label="Filter the models" className="mb-4 flex flex-wrap items-center gap-2">
        <SearchBox label="Find a model" value={text} onChange={setText} className="w-full sm:w-64" />
        <Select aria-label="Platform" value={platform} onChange={(event) => setPlatform(event.target.value)}>
          <option value="">Every platform</option>
          {platforms.data?.data.map((row) => <option key={row.slug} value={row.slug}>{row.name}</option>)}
        </Select>
        <Toggle on={usable} onChange={setUsable}>Usable now</Toggle>
        <p role="status" className="ml-auto text-sm text-muted">{plural(shown.length, "entry", "entries")}, {plural(families, "different model")}</p>
      </div>
      {models.isLoadingError && <Problem error={models.error} retry={() => void models.refetch()} />}
      {models.isPending && <Waiting rows={12} />}
      {models.data && shown.length === 0 && <Empty icon={Library} title="No model matches">Try another word or platform.</Empty>}
      {shown.length > 0 && <ModelTable rows={shown} onOpen={setOpen} />}
      <ModelDrawer model={all.find((row) => row.id === open) ?? null} all={all} onClose={() => setOpen(null)} onOpen={setOpen} />
    </Page>
  );
}

const columns = [
  column.accessor("display_name", { header: "Model", cell: ({ row }) => <NameCell model={row.original} /> }),
  column.accessor("intelligence_rank", { header: "Smart", sortUndefined: "last", cell: (info) => info.getValue() ?? "–", meta: "number" }),
  column.accessor("speed_rank", { header: "Fast", cell: (info) => info.getValue() ?? "–", meta: "number" }),
  column.accessor("context_window", { header: "Context", cell: (info) => formatTokens(info.getValue()), meta: "number", sortDescFirst: true }),
  column.accessor((row) => row.limits[0]?.count ?? 0, { id: "limits", header: "Free limits", enableSorting: false, cell: ({ row }) => <span className="text-muted">{limitSummary(row.original.limits)}</span> }),
  column.accessor("monthly_token_budget", { header: "Tokens a month", cell: (info) => (info.getValue() ? `~${formatCount(info.getValue()!)}` : "–"), meta: "number", sortDescFirst: true }),
  column.accessor("enabled", { header: "State", cell: ({ row: { original: model } }) => (!model.enabled ? <StateWord tone="muted">Off</StateWord> : model.usable_keys > 0 ? <StateWord tone="good">Usable</StateWord> : <StateWord tone="muted">No key</StateWord>) }),
];

function NameCell({ model }: { model: Model & { platformName: string } }) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      <RouteMark slug={model.platform} className="h-9 w-1.5" />
      <span className="min-w-0">
        <span className="block truncate font-medium">{model.display_name}</span>
        <span className="block truncate text-sm text-muted">{model.platformName} <span className="hidden sm:inline">· <code>{model.upstream_id}</code></span></span>
      </span>
      {model.status === "at_risk" && <Tag>at risk</Tag>}
      {model.limits.some((limit) => limit.source === "user") && <Tag>edited</Tag>}
      {model.limits.some((limit) => limit.source === "learned") && <Tag>learned</Tag>}
    </span>
  );
}

function ModelTable({ rows, onOpen }: { rows: (Model & { platformName: string })[]; onOpen: (id: number) => void }) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const table = useReactTable({ data: rows, columns, state: { sorting }, onSortingChange: setSorting, getCoreRowModel: getCoreRowModel(), getSortedRowModel: getSortedRowModel() });
  const box = useRef<HTMLDivElement>(null);
  const margin = useOffsetTop(box) + 44;
  const sorted = table.getRowModel().rows;
  const virtual = useWindowVirtualizer({ count: sorted.length, estimateSize: () => kRow, overscan: 12, scrollMargin: margin });
  const items = virtual.getVirtualItems();
  const before = (items[0]?.start ?? margin) - margin;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin);
  return (
    <div ref={box}>
      <table className="w-full table-fixed text-left" aria-rowcount={sorted.length + 1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="h-11 border-b border-edge">
              {group.headers.map((header) => <HeaderCell key={header.id} header={header} />)}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map((item) => {
            const row = sorted[item.index]!;
            return (
              <tr key={row.id} aria-rowindex={item.index + 2} className="cursor-pointer border-b border-line hover:bg-sunken" style={{ height: kRow }} onClick={() => onOpen(row.original.id)}>
                {row.getVisibleCells().map((cell, index) => (
                  <td key={cell.id} className={`truncate px-2 first:pl-0 ${kHidden[cell.column.id] ?? ""} ${cell.column.columnDef.meta === "number" ? "text-right tabular-nums" : ""} ${row.original.enabled ? "" : "text-muted"}`}>
                    {index === 0 ? <button type="button" className="block w-full min-w-0 rounded-sm text-left">{flexRender(cell.column.columnDef.cell, cell.getContext())}</button> : flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}

const kWidth: Record<string, string> = { intelligence_rank: "w-20", speed_rank: "w-16", context_window: "w-24", limits: "w-72", monthly_token_budget: "w-36", enabled: "w-24" };

function HeaderCell({ header }: { header: ReturnType<ReturnType<typeof useReactTable<Model & { platformName: string }>>["getHeaderGroups"]>[number]["headers"][number] }) {
  const sorted = header.column.getIsSorted();
  const isNumber = header.column.columnDef.meta === "number";
  const label = flexRender(header.column.columnDef.header, header.getContext());
  return (
    <th scope="col" aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined} className={`px-2 text-sm font-normal text-muted first:pl-0 ${kWidth[header.column.id] ?? ""} ${kHidden[header.column.id] ?? ""} ${isNumber ? "text-right" : ""}`}>
      {header.column.getCanSort() ? (
        <button type="button" onClick={header.column.getToggleSortingHandler()} className={`inline-flex items-center gap-1 rounded-sm whitespace-nowrap hover:text-text ${sorted ? "font-semibold text-text" : ""}`}>
          {label}
          {sorted === "asc" && <ArrowUp size={13} aria-hidden />}
          {sorted === "desc" && <ArrowDown size={13} aria-hidden />}
        </button>
      ) : label}
    </th>
  );
}
