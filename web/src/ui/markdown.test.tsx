import { render, screen } from "@testing-library/react";
import { Tooltip } from "radix-ui";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown";

const show = (text: string) => render(<Tooltip.Provider><Markdown text={text} /></Tooltip.Provider>).container;

describe("model answers", () => {
  it("never become HTML", () => {
    const box = show('<img src=x onerror="alert(1)"> and <script>alert(2)</script>\n\n<b>bold</b>');
    expect(box.querySelector("img, script, b")).toBeNull();
    expect(box.textContent).toContain("onerror");
  });
  it("get no link that runs code", () => {
    const box = show("[press](javascript:alert(1)) [data](data:text/html,x) [fine](https://example.org)");
    expect([...box.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["https://example.org"]);
  });
  it("fetch no pictures from elsewhere", () => expect(show("![cat](https://example.org/cat.png)").querySelector("img")).toBeNull());
  it("render lists, tables, code and emphasis as what they are", () => {
    const box = show("1. *one*\n2. `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1 < 2;\n```");
    expect(box.querySelectorAll("ol > li")).toHaveLength(2);
    expect(screen.getAllByRole("columnheader")).toHaveLength(2);
    expect(box.querySelector("pre")!.textContent).toBe("let x = 1 < 2;");
  });
  it("show entities as their characters", () => expect(show("a &amp; b &lt; c").textContent).toBe("a & b < c"));
});
