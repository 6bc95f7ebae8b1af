// Working calls against this daemon, as a newcomer would paste them.

/** The address that this browser reached the daemon under; it works from here for other programs, too. */
export const kBaseUrl = `${window.location.origin}/v1`;

export type SnippetKind = "curl" | "python" | "node";

const kText = "Say hello in five languages.";

export function snippet(kind: SnippetKind, baseUrl: string, key: string): string {
  switch (kind) {
    case "curl":
      return `curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "auto", "messages": [{"role": "user", "content": "${kText}"}]}'`;
    case "python":
      return `from openai import OpenAI  # pip install openai

client = OpenAI(base_url="${baseUrl}", api_key="${key}")
answer = client.chat.completions.create(
    model="auto",
    messages=[{"role": "user", "content": "${kText}"}],
)
print(answer.choices[0].message.content)`;
    case "node":
      return `import OpenAI from "openai"; // npm install openai

const client = new OpenAI({ baseURL: "${baseUrl}", apiKey: "${key}" });
const answer = await client.chat.completions.create({
  model: "auto",
  messages: [{ role: "user", content: "${kText}" }],
});
console.log(answer.choices[0].message.content);`;
  }
}
