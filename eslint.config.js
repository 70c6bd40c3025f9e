// How the page's JavaScript is checked: `npm install && npm run lint`.
import js from "@eslint/js";
import globals from "globals";

// Modules lie in folders that the app serves. Any other script is no module: Gradio calls it as the body of a function,
// with its own names as arguments.
const MODULES = ["**/static/**", "explorer/components/viewer/three_subset.js"];
const GRADIO = { element: "readonly", props: "writable", watch: "readonly", trigger: "readonly", server: "readonly" };

export default [
  { ignores: ["**/*.min.js", ".venv/", "build/", "dist/", "out/", "runs/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }], // `== null` asks for null and undefined at once
      "max-len": ["error", { code: 120, ignoreUrls: true }],
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["explorer/**/*.js"],
    ignores: MODULES,
    languageOptions: { sourceType: "commonjs", globals: { ...globals.browser, ...GRADIO } },
  },
  { files: ["*.config.js", "tests/**/*.{js,mjs}"], languageOptions: { globals: globals.node } },
];
