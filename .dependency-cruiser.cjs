/**
 * Who may import whom (ARCHITECTURE.md, "Rules"). Left may import right; what is not listed is
 * forbidden. Tests are exempt: they may reach whatever they test.
 */
const TEST = '(\\.test|\\.spec|\\.bench|\\.conformance)\\.ts$|/vectors/';
const CODE = '^(src|server)/.*\\.(ts|js|svelte)$';

/** One rule: files of `from` import, inside src/ and server/, only what `to` matches. */
function only(name, from, to) {
  return {
    name,
    severity: 'error',
    comment: `${from} may import only: ${to.join('  ')}`,
    from: { path: from, pathNot: TEST },
    to: { path: CODE, pathNot: to },
  };
}

/** The same, but imports of types alone are let through. */
const onlyValues = (name, from, to) => {
  const rule = only(name, from, to);
  return { ...rule, to: { ...rule.to, dependencyTypesNot: ['type-only'] } };
};

const lib = (...names) => names.map((name) => `^src/lib/${name}/`);
const I18N = '^src/lib/i18n/';

const PURE = 'base|domain|meters|vee|tariffs|analytics|contract|sim';

const layers = [
  only('base-imports-nothing', '^src/lib/base/', lib('base')),
  only('domain-imports-base', '^src/lib/domain/', lib('domain', 'base')),
  only('contract-imports', '^src/lib/contract/', lib('contract', 'domain', 'base')),
  only('meters-imports-base', '^src/lib/meters/(?!normalise\\.ts|drivers/)', lib('meters', 'base')),
  only(
    'meters-bridges',
    '^src/lib/meters/(normalise\\.ts|drivers/)',
    lib('meters', 'domain', 'base'),
  ),
  only('vee-imports', '^src/lib/vee/', lib('vee', 'domain', 'base')),
  only('tariffs-imports', '^src/lib/tariffs/', lib('tariffs', 'domain', 'base')),
  only('analytics-imports', '^src/lib/analytics/', lib('analytics', 'domain', 'base')),
  only('sim-imports', '^src/lib/sim/', lib('sim', 'meters', 'domain', 'base')),
  only('transport-imports', '^src/lib/transport/(?!simulated\\.ts)', lib('transport', 'base')),
  only('transport-simulated', '^src/lib/transport/simulated\\.ts', lib('transport', 'base', 'sim')),
  only('offline-imports', '^src/lib/offline/', lib('offline', 'contract', 'domain', 'base')),
  only('field-imports', '^src/lib/field/', [
    ...lib('field', 'transport', 'offline', 'meters', 'vee', 'contract', 'domain', 'base'),
    ...lib('workers', 'analytics'),
  ]),
  only('workers-import', '^src/lib/workers/', [
    ...lib('workers', 'meters', 'vee', 'analytics', 'domain', 'base', 'contract'),
  ]),
  onlyValues('api-imports', '^src/lib/api/', [...lib('api', 'contract', 'base'), I18N]),
  onlyValues('state-imports', '^src/lib/state/', [
    ...lib('state', 'field', 'offline', 'api', 'contract', 'domain', 'base'),
    I18N,
  ]),
  onlyValues('ui-imports', '^src/lib/ui/', [...lib('ui', 'domain', 'base'), I18N]),
  only('i18n-imports', '^src/lib/i18n/', [...lib('domain', 'base'), I18N]),
  onlyValues('server-imports', '^server/', [
    '^server/',
    ...lib('contract', 'analytics', 'tariffs', 'vee', 'meters', 'domain', 'base', 'i18n'),
    '^src/lib/sim/',
    // The interface of a byte pipe and its mailbox; the pipes of the browser stay there.
    '^src/lib/transport/(transport|chunk-queue)\\.ts$',
  ]),
  only('server-transport-imports', '^server/transport/', [
    '^server/transport/',
    ...lib('transport', 'base'),
  ]),
  {
    name: 'server-pipes-only-in-transport-and-cli',
    severity: 'error',
    comment: 'The server itself opens no device; its commands do.',
    from: { path: '^server/', pathNot: [TEST, '^server/(transport|cli)/'] },
    to: { path: '^(server|src/lib)/transport/' },
  },
  onlyValues('routes-compose', '^src/routes/.*(?<!\\+server\\.ts|\\.server\\.ts)$', [
    '^src/routes/',
    ...lib('ui', 'state', 'api', 'i18n', 'contract', 'domain', 'base'),
  ]),
  onlyValues('routes-server-files', '^src/routes/.*(\\+server|\\.server)\\.ts$', [
    '^src/routes/',
    '^server/',
    ...lib('contract', 'domain', 'base', 'i18n'),
  ]),
];

const PROTOCOLS = 'mbus|wmbus|iec62056-21|dlms|sml|modbus|dsmr|pulse';

const walls = [
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'Two files that need each other are one thing, or a third is missing.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'lib-never-imports-server',
    severity: 'error',
    comment: 'Only src/lib/api/client.ts may name the server’s types, and only its types.',
    from: { path: '^src/lib/', pathNot: [TEST, '^src/lib/api/client\\.ts$'] },
    to: { path: '^server/' },
  },
  {
    name: 'api-client-types-only',
    severity: 'error',
    from: { path: '^src/lib/api/client\\.ts$' },
    to: { path: '^server/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'protocols-stay-apart',
    severity: 'error',
    comment: 'A protocol folder imports no other one; wmbus may use the record layer of mbus.',
    from: {
      path: `^src/lib/meters/(${PROTOCOLS})/`,
      pathNot: TEST,
    },
    to: {
      path: `^src/lib/meters/(${PROTOCOLS})/`,
      pathNot: ['^src/lib/meters/$1/', '^src/lib/meters/mbus/'],
    },
  },
  {
    name: 'only-wmbus-uses-mbus',
    severity: 'error',
    from: { path: '^src/lib/meters/(iec62056-21|dlms|sml|modbus|dsmr|pulse)/', pathNot: TEST },
    to: { path: '^src/lib/meters/mbus/' },
  },
  {
    name: 'sim-only-by-cli-tests-and-simulated',
    severity: 'error',
    from: {
      path: CODE,
      pathNot: [TEST, '^src/lib/sim/', '^server/cli/', '^src/lib/transport/simulated\\.ts$'],
    },
    to: { path: '^src/lib/sim/' },
  },
  {
    name: 'stores-are-private',
    severity: 'error',
    comment: 'A domain of server/ calls another domain’s service, never its store or SQL.',
    from: { path: '^server/([^/]+)/', pathNot: [TEST, '^server/cli/'] },
    to: { path: '^server/[^/]+/(.*store|.*mapping)\\.ts$', pathNot: '^server/$1/' },
  },
  {
    name: 'only-stores-see-prisma',
    severity: 'error',
    from: {
      path: CODE,
      pathNot: [TEST, '/[^/]*store\\.ts$', '^server/db/', '^server/generated/', '^server/cli/'],
    },
    to: { path: '^server/generated/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'pure-layers-need-no-platform',
    severity: 'error',
    from: { path: `^src/lib/(${PURE})/`, pathNot: TEST },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'no-development-package-in-the-server',
    severity: 'error',
    from: { path: '^server/', pathNot: TEST },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'everything-resolves',
    severity: 'error',
    from: { path: CODE },
    to: {
      couldNotResolve: true,
      pathNot: ['^(\\$app|\\$env|\\$service-worker|\\./\\$types)', '\\?(url|raw|worker)$'],
    },
  },
];

module.exports = {
  forbidden: [...layers, ...walls],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.svelte-kit|build)|/i18n/paraglide/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'browser', 'node', 'default', 'types'],
      extensions: ['.ts', '.svelte', '.js', '.mjs', '.json'],
    },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
};
