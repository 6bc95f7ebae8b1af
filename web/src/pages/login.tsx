import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { ApiError, call, explainError, setCsrfToken } from "../api/client";
import { keys, queryClient } from "../api/queries";
import { rereadEverything } from "../api/reread";
import type { AuthStatus } from "../api/types";
import { formatRelative } from "../lib/format";
import { useNow, useTitle } from "../lib/hooks";
import { Button } from "../ui/button";
import { Field, Input } from "../ui/field";

function enter(status: AuthStatus): void {
  setCsrfToken(status.csrf_token);
  rereadEverything();
  queryClient.setQueryData([...keys.auth], status);
}

function Heading({ title, children }: { title: string; children: string }) {
  useTitle(title);
  return (
    <div className="mb-7">
      <p className="mb-5 flex h-2 overflow-hidden rounded-full" aria-hidden>
        {[255, 38, 292, 132, 78, 172, 345, 205].map((hue) => (
          <span key={hue} className="route-mark grow" style={{ "--hue": hue } as React.CSSProperties} />
        ))}
      </p>
      <h1 className="text-2xl font-semibold">{title}</h1>
      <p className="mt-1 text-muted">{children}</p>
    </div>
  );
}

/** Covers the page whose session is over; below it everything stays as it was left. */
export function LoginAgain() {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    const focused = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    dialog?.querySelector("input")?.focus();
    // Another tab may have logged in meanwhile: the session is shared.
    const look = () => void queryClient.invalidateQueries({ queryKey: [...keys.auth] });
    window.addEventListener("focus", look);
    return () => {
      window.removeEventListener("focus", look);
      dialog?.close();
      focused?.focus();
    };
  }, []);
  return (
    <dialog ref={ref} aria-label="Log in again" onCancel={(event) => event.preventDefault()} onClose={() => ref.current?.showModal()} onKeyDown={(event) => event.key === "Escape" && event.preventDefault()} className="m-0 h-dvh max-h-none w-full max-w-none bg-bg text-text">
      <div className="mx-auto grid min-h-full max-w-md content-center px-5 py-10"><Login again /></div>
    </dialog>
  );
}

export function Login({ again }: { again?: boolean }) {
  const [password, setPassword] = useState("");
  const now = useNow();
  const login = useMutation({ mutationFn: () => call("post", "/api/auth/login", { body: { password } }), onSuccess: enter });
  const problem = login.error instanceof ApiError && login.error.status === 429 && login.error.retryAt
    ? `Too many tries. Try again ${Date.parse(login.error.retryAt) > now ? formatRelative(login.error.retryAt, now) : "now"}.`
    : login.error && explainError(login.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <form onSubmit={submit}>
      {again ? <Heading title="Your session is over">Log in again and go on where you were: nothing you typed is lost.</Heading> : <Heading title="FreeLLMAPI">Log in to the dashboard of this daemon.</Heading>}
      <Field label="Password" error={problem} hint="Forgotten? Run “freellmapi admin reset-password” where the daemon runs.">
        {(attributes) => <Input {...attributes} type="password" autoComplete="current-password" autoFocus required value={password} onChange={(event) => setPassword(event.target.value)} />}
      </Field>
      <Button type="submit" kind="primary" busy={login.isPending} className="mt-5 w-full">Log in</Button>
    </form>
  );
}

export function SetUp({ codeRequired }: { codeRequired: boolean }) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [code, setCode] = useState("");
  const [, go] = useLocation();
  const setUp = useMutation({
    mutationFn: () => call("post", "/api/auth/setup", { body: codeRequired ? { password, setup_code: code } : { password } }),
    onSuccess: (status) => {
      enter(status);
      go("/welcome");
    },
  });
  const tooShort = password.length > 0 && password.length < 8;
  const differs = again.length > 0 && again !== password;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password.length >= 8 && again === password) setUp.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-5">
      <Heading title="Welcome to FreeLLMAPI">Choose a password for this dashboard. It protects your provider keys.</Heading>
      <Field label="Password" hint="At least 8 characters." error={tooShort ? `${8 - password.length} more to go.` : null}>
        {(attributes) => <Input {...attributes} type="password" autoComplete="new-password" autoFocus required minLength={8} value={password} onChange={(event) => setPassword(event.target.value)} />}
      </Field>
      <Field label="The same again" error={differs ? "The two differ." : null}>
        {(attributes) => <Input {...attributes} type="password" autoComplete="new-password" required value={again} onChange={(event) => setAgain(event.target.value)} />}
      </Field>
      {codeRequired && (
        <Field label="Setup code" hint="You are not on the daemon's own machine. Its log shows a one-time code.">
          {(attributes) => <Input {...attributes} required autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} className="font-mono" />}
        </Field>
      )}
      {setUp.error && <p role="alert" className="text-bad">{explainError(setUp.error)}</p>}
      <Button type="submit" kind="primary" busy={setUp.isPending}>Set password and go on</Button>
    </form>
  );
}
