import { Check, KeyRound, ArrowDownUp, Send } from "lucide-react";
import { Link } from "wouter";
import { useSteps, type Step } from "../lib/steps";
import { Waiting } from "../ui/bits";
import { Page } from "../ui/page";
import { Snippets } from "../ui/snippets";

const kIcons = { key: KeyRound, order: ArrowDownUp, request: Send };
const kLinks = { key: { path: "/keys", text: "Go to the keys" }, order: { path: "/fallback", text: "See the order" }, request: { path: "/playground", text: "Or try it in the playground" } };

export default function Welcome() {
  const steps = useSteps();
  return (
    <Page title="First steps" lead="Three things, in any order. This page notices by itself when one is done.">
      {!steps ? <Waiting rows={3} height="h-24" /> : <ol className="max-w-[60rem]">{steps.map((step, index) => <StepRow key={step.id} step={step} number={index + 1} />)}</ol>}
    </Page>
  );
}

function StepRow({ step, number }: { step: Step; number: number }) {
  const Icon = step.done ? Check : kIcons[step.id];
  const link = kLinks[step.id];
  return (
    <li className="relative grid grid-cols-[2.75rem_minmax(0,1fr)] gap-4 pb-10 last:pb-0">
      <span aria-hidden className="absolute top-11 bottom-0 left-[1.3rem] w-0.5 bg-line [li:last-child_&]:hidden" />
      <span className={`grid size-11 place-items-center rounded-full ${step.done ? "bg-accent text-on-accent" : "border-2 border-edge text-muted"}`}>
        <Icon size={20} aria-hidden />
      </span>
      <div className="pt-1.5">
        <h2 className="text-xl font-semibold">
          <span className="sr-only">Step {number}, {step.done ? "done" : "to do"}: </span>
          {step.title}
        </h2>
        <p className="mt-0.5 text-muted">
          {step.detail} <Link href={link.path} className="text-text underline decoration-edge underline-offset-3 hover:decoration-current">{link.text}</Link>
        </p>
        {step.id === "request" && <div className="mt-4"><Snippets /></div>}
      </div>
    </li>
  );
}
