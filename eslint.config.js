import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Beside the usual rules, the direction in which this program flows: a folder's name says who may import
 * it. `test/lint/boundaries.test.ts` proves that each of these fires.
 */

const up = String.raw`^(\.\./)+`;
const folder = (names, why) => ({ regex: `${up}(src/)?(${names})/`, message: why });

const lab = folder(
  'lab',
  'only lab, test and bench may import the lab; src/commands/lab.ts loads it lazily',
);
const testing = folder('test|bench', 'tests and benchmarks are imported by nothing');
const loader = (why) => ({ regex: `${up}(src/)?config/load\\.ts$`, message: why });
const cdktf = {
  regex: String.raw`^(cdktf|constructs|@cdktf/.*)$|(^|/)\.gen/`,
  message: 'only constructs and stacks know cdktf; everything else loads fast and runs without it',
};
const barrels = {
  regex: String.raw`^@cdktf/provider-[a-z]+$`,
  message:
    'import @cdktf/provider-x/lib/<resource>/index.js: the barrel takes seconds and 500 MB to load',
};
const files = {
  regex: '^(node:)?(fs|fs/promises|child_process|net|tls|http|https|worker_threads)$',
  message: 'what this folder needs is given to it: it opens no file, socket or process',
};
const anyBuiltin = {
  regex: '^node:',
  message: 'pure: nothing of the machine may change its answer',
};

const everywhere = [lab, testing, barrels];

const boundary = (paths, ...patterns) => ({
  files: paths,
  rules: { 'no-restricted-imports': ['error', { patterns: [...everywhere, ...patterns] }] },
});

const dynamicLab = {
  selector: String.raw`ImportExpression > Literal.source[value=/^(\.\.\u002F)+lab\u002F/]`,
  message: lab.message,
};

export default defineConfig(
  globalIgnores(['.gen/', 'cdktf.out/', 'coverage/', 'dist/']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `env['NAME']` says that the key comes from outside.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], extends: [tseslint.configs.disableTypeChecked] },

  boundary(['src/**', 'policies/**', 'stacks/**', 'providers/**', 'bin/**']),
  {
    files: ['src/**', 'policies/**', 'stacks/**', 'providers/**', 'bin/**'],
    ignores: ['src/commands/lab.ts'],
    rules: { 'no-restricted-syntax': ['error', dynamicLab] },
  },
  // Rules on the declaration may ask the pure model, e.g. how long a session policy becomes.
  boundary(
    ['src/config/**'],
    cdktf,
    folder('constructs|stacks|client|commands|review', 'config is the first step of the flow'),
  ),
  boundary(
    ['src/model/**', 'policies/**'],
    cdktf,
    anyBuiltin,
    folder(
      'constructs|stacks|client|commands|review',
      'the model is derived from the declaration alone',
    ),
    loader('the model is given a declaration; it reads none'),
  ),
  {
    files: ['src/model/**', 'policies/**'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'fetch', 'console', 'Date', 'crypto'],
    },
  },
  // A rule sees what a reviewer of the output sees, and reads it by the same evaluators.
  boundary(
    ['policies/rules/**'],
    cdktf,
    anyBuiltin,
    folder(
      'config|model|constructs|stacks|client|commands|guardrails|output',
      'a rule reads only what was synthesized',
    ),
  ),
  boundary(
    ['src/guardrails/**'],
    cdktf,
    folder('constructs|stacks|client|commands', 'the guardrails read only what was synthesized'),
  ),
  boundary(
    ['src/constructs/**'],
    files,
    folder('stacks|client|commands|review', 'a construct knows neither its stack nor its user'),
    loader('a construct is given its props'),
  ),
  boundary(
    ['stacks/**'],
    files,
    folder('client|commands|review', 'a stack composes constructs'),
    loader('a stack is given the model'),
  ),
  boundary(
    ['src/client/**'],
    cdktf,
    folder(
      'config|model|constructs|stacks|policies|commands|review|output|bundle',
      'the client knows only the contract file, so that it stays small and quick to load',
    ),
  ),
  boundary(
    ['src/infisical/**'],
    cdktf,
    folder(
      'config|model|constructs|stacks|policies|commands|review|output|bundle',
      'what is declared is given to it, so that the client can use it, too',
    ),
  ),
  boundary(
    ['src/broker/**', 'src/github/**'],
    cdktf,
    folder(
      'config|model|constructs|stacks|policies|commands|review|output|bundle|terraform',
      'the broker is a bundled file that knows only the contract',
    ),
  ),
  boundary(
    ['src/rotation/**'],
    cdktf,
    folder(
      'config|model|constructs|stacks|policies|commands|review|output|bundle|terraform',
      'rotation runs in the bundled client, which knows only the contract file',
    ),
  ),
  boundary(
    ['src/terminal/**'],
    cdktf,
    folder(
      'config|model|constructs|stacks|policies|client|commands|review|output|bundle',
      'the program and its client both ask people, so it knows neither',
    ),
  ),
  boundary(
    ['src/contract/**'],
    cdktf,
    anyBuiltin,
    folder(
      'config|model|constructs|stacks|policies|client|commands|review',
      'model and client agree on the contract, so it knows neither',
    ),
  ),
  boundary(
    ['src/review/**'],
    cdktf,
    folder('constructs|stacks|client|commands', 'review reads only what was synthesized'),
  ),
);
