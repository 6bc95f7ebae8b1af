import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError, call, explainError } from "../../api/client";
import { keys, useSessions } from "../../api/queries";
import { reread } from "../../api/reread";
import type { Session } from "../../api/types";
import { Ago, Problem, StateWord, Waiting } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { Field, Input } from "../../ui/field";
import { toast } from "../../ui/toast";
import { Block } from "./block";

export function PasswordSection() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => call("post", "/api/auth/password", { body: { current_password: current, new_password: next } }),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      toast({ text: "Password changed. Every other session has ended." });
      void reread(keys.sessions);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const wrong = change.error instanceof ApiError && change.error.code === "invalid_password" ? "That is not the current password." : null;
  return (
    <Block title="Password" note="Changing it ends every other session.">
      <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
        <Field label="Current password" error={wrong}>
          {(attributes) => <Input {...attributes} type="password" required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} />}
        </Field>
        <Field label="New password" hint="At least 8 characters.">
          {(attributes) => <Input {...attributes} type="password" required minLength={8} autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />}
        </Field>
        {change.error && !wrong && <p role="alert" className="text-bad sm:col-span-2">{explainError(change.error)}</p>}
        <div><Button type="submit" busy={change.isPending} disabled={!current || next.length < 8}>Change password</Button></div>
      </form>
    </Block>
  );
}

export function SessionsSection() {
  const sessions = useSessions();
  const [asking, setAsking] = useState(false);
  const end = async (session: Session) => {
    try {
      await call("delete", "/api/auth/sessions/{id}", { path: { id: session.id } });
      await reread(keys.sessions);
      toast({ text: "Session ended." });
    } catch (error) {
      toast({ tone: "bad", text: explainError(error) });
    }
  };
  const endAll = async () => {
    await call("post", "/api/auth/logout-all").catch(() => undefined);
    window.location.assign("/");
  };
  return (
    <Block title="Sessions" note="Where this dashboard is open.">
      {sessions.isLoadingError && <Problem error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.isPending && <Waiting rows={2} />}
      <ul>
        {sessions.data?.data.map((session) => (
          <li key={session.id} className="flex items-center gap-4 border-b border-line py-2.5">
            <div className="min-w-0 grow">
              <p className="truncate" title={session.user_agent}>{browserOf(session.user_agent)} <span className="text-muted">from {session.address}</span></p>
              <p className="text-sm text-muted">opened <Ago at={session.created_at} />, last used <Ago at={session.last_seen_at} />, ends <Ago at={session.expires_at} /></p>
            </div>
            {session.current ? <StateWord tone="good">This one</StateWord> : <Button small onClick={() => void end(session)}>End</Button>}
          </li>
        ))}
      </ul>
      <Button className="mt-4" onClick={() => setAsking(true)}>Log out everywhere…</Button>
      <Confirm open={asking} title="Log out everywhere?" action="Log out everywhere" onClose={() => setAsking(false)} onConfirm={() => void endAll()}>Every session ends, this one too. API clients are not touched.</Confirm>
    </Block>
  );
}

export function browserOf(agent: string): string {
  const name = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((mark) => agent.includes(mark));
  const system = ["Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux"].find((mark) => agent.includes(mark));
  const plain = { Edg: "Edge", OPR: "Opera" }[name ?? ""] ?? name;
  return plain ? `${plain}${system ? ` on ${system.replace("Mac OS", "macOS")}` : ""}` : agent.slice(0, 60) || "Unknown client";
}
