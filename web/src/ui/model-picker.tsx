import { useMemo } from "react";
import { useModels, usePlatforms } from "../api/queries";
import { Select } from "./field";

/** `auto`, logical names, and each platform's own ids: everything a client may put into `model`. */
export function ModelPicker({ value, onChange, label = "Model", withAuto = true, className }: { value: string; onChange: (value: string) => void; label?: string; withAuto?: boolean; className?: string }) {
  const models = useModels();
  const platforms = usePlatforms();
  const groups = useMemo(() => {
    const usable = models.data?.data.filter((model) => model.enabled && (model.usable_keys > 0 || platforms.data?.data.some((row) => row.slug === model.platform && row.keyless))) ?? [];
    const logical = [...new Set(usable.map((model) => model.logical_name))].sort();
    const pinned = platforms.data?.data.map((platform) => ({ name: platform.name, models: usable.filter((model) => model.platform === platform.slug) })).filter((group) => group.models.length > 0) ?? [];
    return { logical, pinned };
  }, [models.data, platforms.data]);
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} className={className}>
      {withAuto && <option value="auto">auto – first that can</option>}
      {!withAuto && <option value="" disabled>Choose a model…</option>}
      <optgroup label="Any platform that serves it">
        {groups.logical.map((name) => <option key={name} value={name}>{name}</option>)}
      </optgroup>
      {groups.pinned.map((group) => (
        <optgroup key={group.name} label={`Only ${group.name}`}>
          {group.models.map((model) => <option key={model.id} value={`${model.platform}/${model.upstream_id}`}>{model.platform}/{model.upstream_id}</option>)}
        </optgroup>
      ))}
    </Select>
  );
}
