import { Eye, EyeOff, RefreshCw } from "lucide-react";
import { useState } from "react";
import { call, explainError } from "../../api/client";
import { keys, useApiKey } from "../../api/queries";
import { reread } from "../../api/reread";
import { kBaseUrl } from "../../lib/snippets";
import { Ago, CopyButton, Problem } from "../../ui/bits";
import { Button, IconButton } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { Block } from "./block";

export function ApiKeySection() {
  const apiKey = useApiKey();
  const [shown, setShown] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const reveal = async () => (await call("post", "/api/api-key/reveal")).key;
  const show = () => void reveal().then(setShown, (error: unknown) => toast({ tone: "bad", text: explainError(error) }));
  const rotate = async () => {
    setBusy(true);
    try {
      setShown((await call("post", "/api/api-key/rotate")).key);
      await reread(keys.apiKey);
      toast({ text: "New key in force. The old one no longer works." });
    } catch (error) {
      toast({ tone: "bad", text: explainError(error) });
    }
    setBusy(false);
    setAsking(false);
  };
  if (apiKey.isLoadingError) return <Problem error={apiKey.error} retry={() => void apiKey.refetch()} />;
  const stored = apiKey.data;
  return (
    <Block title="Unified API key" note="What clients send. One key for every platform in the pool.">
      {!stored ? <div className="skeleton h-52" /> : (
        <>
          <dl className="grid gap-4">
            <div>
              <dt className="text-sm text-muted">Base URL</dt>
              <dd className="flex items-center gap-1"><code className="break-all">{kBaseUrl}</code><CopyButton text={kBaseUrl} label="Copy the base URL" /></dd>
            </div>
            <div>
              <dt className="text-sm text-muted">Key</dt>
              <dd className="flex flex-wrap items-center gap-1">
                <code className="break-all" data-testid="api-key">{shown ?? stored.masked}</code>
                <IconButton label={shown ? "Hide the key" : "Show the key"} icon={shown ? EyeOff : Eye} onClick={() => (shown ? setShown(null) : show())} />
                <CopyButton text={reveal} label="Copy the key" />
              </dd>
              <dd className="text-sm text-muted">{stored.created_at && <>Made <Ago at={stored.created_at} /></>}{stored.last_used_at && <>, last used <Ago at={stored.last_used_at} /></>}</dd>
            </div>
          </dl>
          <div className="mt-4">{stored.fixed_by_environment ? <p className="text-sm text-muted">Fixed by FREELLMAPI_API_KEY; change it there.</p> : <Button icon={RefreshCw} onClick={() => setAsking(true)}>Rotate…</Button>}</div>
        </>
      )}
      <Confirm open={asking} title="Replace the unified key?" action="Replace it" busy={busy} onClose={() => setAsking(false)} onConfirm={() => void rotate()}>
        Every client that uses the old key is refused from then on, until it is given the new one.
      </Confirm>
    </Block>
  );
}
