import { Component, type ReactNode } from "react";
import { Problem } from "./bits";

/** A page that cannot be fetched or breaks leaves the rest standing, and says so. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    const isFetch = this.state.error instanceof TypeError && /import|fetch/i.test(this.state.error.message);
    const text = isFetch ? "This page could not be fetched. Is the daemon still running, or was it updated?" : `This page broke: ${this.state.error instanceof Error ? this.state.error.message : "unknown error"}`;
    return <div className="mx-auto max-w-6xl px-4 pt-10 sm:px-8"><Problem error={new Error(text)} retry={() => window.location.reload()} /></div>;
  }
}
