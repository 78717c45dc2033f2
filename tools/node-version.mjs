/**
 * Says plainly that Node is too old, before anything newer than ES2015 is parsed.
 *
 * It knows the versions of package.json's "engines" and nothing else; the entry programs in tools/
 * call it first and load the rest only when it agrees.
 */

/** `true` for ^20.19, ^22.12 and 24 or newer; otherwise prints what to do and returns `false`. */
export function isNodeFit() {
  const parts = process.versions.node.split('.').map(Number);
  const major = parts[0];
  const minor = parts[1];
  const isFit = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (isFit) return true;
  console.error(
    'Kilter cannot go on: this is Node ' +
      process.versions.node +
      ', it needs 20.19 or newer (20.x), 22.12 or newer (22.x), or 24 and above. ' +
      'Install one of them and run the same command again.',
  );
  process.exitCode = 1;
  return false;
}
