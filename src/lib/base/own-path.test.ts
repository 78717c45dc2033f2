import { expect, test } from 'vitest';
import { ownPath } from './own-path.ts';

test.each(['/', '/install?code=7K2QX-4M9TB', '/home/charts#month'])('%s stays', (path) => {
  expect(ownPath(path)).toBe(path);
});

test.each([
  null,
  '',
  'install',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
])('%s leads nowhere', (path) => {
  expect(ownPath(path)).toBe('/');
});
