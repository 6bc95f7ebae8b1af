// Every platform is a line of its own colour, the same one everywhere, as on a transit map.
const kHues: Record<string, number> = {
  google: 255, groq: 38, cerebras: 62, openrouter: 292, github: 320, sambanova: 12, mistral: 78, cohere: 345,
  cloudflare: 52, zhipu: 232, nvidia: 132, ollama: 205, pollinations: 108, llm7: 172, kilo: 275,
};

export function hueOf(slug: string): number {
  const known = kHues[slug];
  if (known !== undefined) return known;
  let hash = 7;
  for (const char of slug) hash = (hash * 31 + char.charCodeAt(0)) % 3600;
  return hash / 10;
}
