// Just enough parsing for the preview; the daemon's own importer knows many more shapes.
const kNames = { GEMINI: "google", GOOGLE: "google", GROQ: "groq", CEREBRAS: "cerebras", OPENROUTER: "openrouter", GITHUB: "github", SAMBANOVA: "sambanova", MISTRAL: "mistral", COHERE: "cohere", CLOUDFLARE: "cloudflare", ZHIPU: "zhipu", NVIDIA: "nvidia", OLLAMA: "ollama", POLLINATIONS: "pollinations", LLM7: "llm7", KILO: "kilo" };
const platformOf = (name) => kNames[name.toUpperCase().split(/[_ -]/)[0]] ?? null;
const unquote = (text) => text.trim().replace(/^(["'])(.*)\1$/, "$2");

export function parseKeys(text, asked) {
  const trimmed = text.trim();
  const format = asked !== "auto" ? asked : /^[[{]/.test(trimmed) ? "json" : /^[^=\n]+,[^=\n]+/.test(trimmed) ? "csv" : "env";
  const found = [];
  if (format === "json") {
    const value = JSON.parse(trimmed);
    const pairs = Array.isArray(value) ? value.map((row) => [row.platform, row.key ?? row.secret, row.label]) : Object.entries(value);
    for (const [name, secret, label] of pairs) found.push({ line: 0, name, platform: platformOf(name), secret, label: label ?? "" });
  } else if (format === "csv") {
    trimmed.split(/\r?\n/).slice(1).forEach((line, index) => {
      const [name = "", secret = "", label = ""] = line.split(",").map(unquote);
      found.push({ line: index + 2, name, platform: platformOf(name), secret, label });
    });
  } else {
    text.split(/\r?\n/).forEach((line, index) => {
      const match = /^\s*(?:export\s+)?([A-Za-z0-9_]+)\s*=\s*(.*)$/.exec(line);
      if (match && /KEY|TOKEN|SECRET/i.test(match[1])) found.push({ line: index + 1, name: match[1], platform: platformOf(match[1]), secret: unquote(match[2]), label: "" });
    });
  }
  return { format, found };
}
