import { ArrowRight } from "lucide-react";
import { Link } from "wouter";
import { useStored } from "../../lib/hooks";
import { useSteps } from "../../lib/steps";
import { Button } from "../../ui/button";

/** A way back to the first steps until they are done or dismissed. */
export function StepsNote() {
  const [hidden, setHidden] = useStored("steps-hidden", false);
  const steps = useSteps();
  if (hidden || !steps || steps.every((step) => step.done)) return null;
  const done = steps.filter((step) => step.done).length;
  return (
    <div className="mb-8 flex flex-wrap items-center gap-3 rounded-lg bg-accent-soft px-4 py-2.5">
      <p className="grow"><strong className="font-semibold">{done} of {steps.length} first steps done.</strong> Next: {steps.find((step) => !step.done)?.title.toLowerCase()}.</p>
      <Link href="/welcome" className="inline-flex items-center gap-1.5 font-medium underline underline-offset-3">First steps <ArrowRight size={16} aria-hidden /></Link>
      <Button small kind="quiet" onClick={() => setHidden(true)}>Hide</Button>
    </div>
  );
}
