import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { Route, Switch, useLocation } from "wouter";
import { setCsrfToken, whenSignedOut } from "./api/client";
import { useLiveFeed } from "./api/events";
import { keys, queryClient, useAuth } from "./api/queries";
import type { AuthStatus } from "./api/types";
import { orderFocus } from "./lib/focus";
import { Login, LoginAgain, SetUp } from "./pages/login";
import { Overview } from "./pages/overview";
import { Shell } from "./shell";
import { Empty, Problem, Waiting } from "./ui/bits";
import { Boundary } from "./ui/boundary";
import { Page } from "./ui/page";
import { Compass } from "lucide-react";

const Welcome = lazy(() => import("./pages/welcome"));
const Keys = lazy(() => import("./pages/keys"));
const FallbackPage = lazy(() => import("./pages/fallback"));
const Models = lazy(() => import("./pages/models"));
const Requests = lazy(() => import("./pages/requests"));
const Playground = lazy(() => import("./pages/playground"));
const Compare = lazy(() => import("./pages/compare"));
const Stress = lazy(() => import("./pages/stress"));
const Settings = lazy(() => import("./pages/settings"));

export function App() {
  const auth = useAuth();
  const [entered, setEntered] = useState(false);
  const isInside = auth.data?.authenticated ?? false;
  if (isInside && !entered) setEntered(true);
  useEffect(() => whenSignedOut(askAgain), []);
  if (auth.isPending) return null;
  if (!auth.data) return <Alone><Problem error={auth.error} retry={() => void auth.refetch()} /></Alone>;
  if (auth.data.setup_required) return <Alone><SetUp codeRequired={auth.data.setup_code_required} /></Alone>;
  if (!entered && !isInside) return <Alone><Login /></Alone>;
  return (
    <>
      <Token token={auth.data.csrf_token} />
      <Inside live={isInside} />
      {!isInside && <LoginAgain />}
    </>
  );
}

async function askAgain(): Promise<boolean> {
  await queryClient.invalidateQueries({ queryKey: [...keys.auth] });
  const status = queryClient.getQueryData<AuthStatus>(keys.auth);
  setCsrfToken(status?.csrf_token ?? null);
  return status?.authenticated ?? false;
}

/** Hands the token on once the page has it, so that held requests go out with the new one. */
function Token({ token }: { token: string | null }) {
  useLayoutEffect(() => setCsrfToken(token), [token]);
  return null;
}

function Alone({ children }: { children: ReactNode }) {
  return <main className="mx-auto grid min-h-dvh max-w-md content-center px-5 py-10">{children}</main>;
}

/** Stays as it is when the session ends: nothing typed is lost. `live`: there is a session. */
function Inside({ live }: { live: boolean }) {
  useLiveFeed(live);
  const [path] = useLocation();
  return (
    <Shell>
      <FocusOnNavigation />
      <Boundary key={path.split("/")[1]}>
        <Suspense fallback={<div className="mx-auto max-w-6xl px-4 pt-10 sm:px-8"><Waiting rows={8} /></div>}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/welcome" component={Welcome} />
            <Route path="/keys" component={Keys} />
            <Route path="/fallback" component={FallbackPage} />
            <Route path="/models" component={Models} />
            <Route path="/requests/:id?" component={Requests} />
            <Route path="/playground" component={Playground} />
            <Route path="/compare" component={Compare} />
            <Route path="/stress" component={Stress} />
            <Route path="/settings" component={Settings} />
            <Route>
              <Page title="No such page">
                <Empty icon={Compass} title="Nothing lives at this address">Choose a page on the left.</Empty>
              </Page>
            </Route>
          </Switch>
        </Suspense>
      </Boundary>
    </Shell>
  );
}

/** A new page starts at its top, and its heading is what a screen reader hears first. */
function FocusOnNavigation() {
  const [path] = useLocation();
  const section = path.split("/")[1];
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    window.scrollTo(0, 0);
    orderFocus();
  }, [section]);
  return null;
}
