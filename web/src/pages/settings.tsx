import { useSettings } from "../api/queries";
import { Problem, Waiting } from "../ui/bits";
import { Page } from "../ui/page";
import { About } from "./settings/about";
import { ApiKeySection } from "./settings/api-key";
import { PasswordSection, SessionsSection } from "./settings/account";
import { RoutingSection } from "./settings/routing";
import { NetworkSection, RetentionSection } from "./settings/storage";
import { ThemeSection } from "./settings/theme";

export default function Settings() {
  const settings = useSettings();
  return (
    <Page title="Settings">
      <div className="divide-y divide-line">
        <ApiKeySection />
        {settings.isLoadingError && <Problem error={settings.error} retry={() => void settings.refetch()} />}
        {settings.isPending && <div className="min-h-[75rem] py-8"><Waiting rows={8} /></div>}
        {settings.data && (
          <>
            <RoutingSection settings={settings.data} />
            <RetentionSection settings={settings.data} />
            <NetworkSection settings={settings.data} />
          </>
        )}
        <PasswordSection />
        <SessionsSection />
        <ThemeSection />
        <About />
      </div>
    </Page>
  );
}
