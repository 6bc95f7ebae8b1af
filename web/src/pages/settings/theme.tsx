import { setTheme, useTheme, type Theme } from "../../lib/theme";
import { Segmented } from "../../ui/segmented";
import { Block } from "./block";

export function ThemeSection() {
  return (
    <Block title="Theme" note="Kept in this browser.">
      <Segmented<Theme> label="Theme" value={useTheme()} onChange={setTheme} options={[{ value: "system", label: "Like the system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]} />
    </Block>
  );
}
