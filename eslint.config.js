import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Kit and the tools' configuration files are the only ones that must export a default. */
const CONFIGURATION = ['*.config.{js,ts}', '.size-limit.mjs', '.dependency-cruiser.cjs'];
const unused = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' };
const TESTS = ['**/*.test.ts', '**/*.spec.ts', '**/*.bench.ts', 'tests/**'];

export default ts.config(
  {
    ignores: [
      '**/node_modules/',
      'build/',
      '.svelte-kit/',
      '.data/',
      'server/generated/',
      'src/lib/i18n/paraglide/',
      'test-results/',
      'playwright-report/',
      'tests/fences/fixtures/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'max-len': ['error', { code: 100, ignoreUrls: true, ignoreRegExpLiterals: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'no-console': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Export by name; a default export is only for files where Kit demands it.',
        },
        {
          selector: 'TSEnumDeclaration',
          message: 'Write `const X = { … } as const satisfies …` instead of an enum.',
        },
        {
          selector: 'ExportAllDeclaration',
          message: 'No barrel files: import from the file that defines the name.',
        },
      ],
      // tsc and svelte-check check these; here they would cost half the time of the whole lint.
      'no-undef': 'off',
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser },
    },
    rules: {
      // A component's script is one function to the parser; its size is capped by the tidy test.
      'max-lines-per-function': 'off',
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  { files: [...CONFIGURATION, '**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // Tables of a standard are read by column; breaking their rows would hide mistakes.
  { files: ['**/*.table.ts'], rules: { 'max-lines-per-function': 'off', 'max-len': 'off' } },
  {
    files: TESTS,
    rules: { 'max-lines-per-function': 'off', 'max-params': 'off' },
  },
  // No compiler reads plain JavaScript here.
  { files: ['**/*.{js,mjs,cjs}'], rules: { 'no-unused-vars': ['error', unused] } },
  // eslint-plugin-svelte's copy of this rule cannot read CommonJS, of which there is one file.
  { files: ['*.cjs'], rules: { 'svelte/no-inner-declarations': 'off' } },
);
