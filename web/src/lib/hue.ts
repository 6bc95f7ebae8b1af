// Every platform is a line of its own colour, the same one everywhere, as on a transit map.
const kHues: Record<string, number> = {
  sambanova: 346, cohere: 8, groq: 32, cloudflare: 54, mistral: 76, pollinations: 100, cerebras: 120, nvidia: 142,
  llm7: 168, ollama: 196, zhipu: 224, google: 254, kilo: 278, openrouter: 300, github: 324,
};

export function hueOf(slug: string): number {
  const known = kHues[slug];
  if (known !== undefined) return known;
  let hash = 7;
  for (const char of slug) hash = (hash * 31 + char.charCodeAt(0)) % 3600;
  return hash / 10;
}
