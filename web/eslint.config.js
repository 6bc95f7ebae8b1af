import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

const node = { process: "readonly", console: "readonly", Buffer: "readonly", URL: "readonly", URLSearchParams: "readonly", fetch: "readonly", setTimeout: "readonly", clearTimeout: "readonly", setInterval: "readonly", clearInterval: "readonly", performance: "readonly", AbortController: "readonly", document: "readonly", window: "readonly", Event: "readonly", localStorage: "readonly", sessionStorage: "readonly", PerformanceObserver: "readonly", requestAnimationFrame: "readonly", MutationObserver: "readonly", Image: "readonly", navigator: "readonly", getComputedStyle: "readonly", structuredClone: "readonly" };

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  { files: ["src/**/*.{ts,tsx}"], ...a11y.flatConfigs.recommended },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "max-lines": ["error", { max: 300 }],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Model answers are hostile input: render tokens as elements." },
      ],
      "jsx-a11y/no-autofocus": "off",
    },
  },
  { rules: { "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }] } },
  { files: ["**/*.mjs", "public/*.js"], languageOptions: { globals: node }, rules: { "max-lines": ["error", { max: 300 }] } },
);
