// Sets the theme before the first paint; a file of its own so that no inline script is needed.
(() => {
  const saved = localStorage.getItem('kilter-theme');
  const field = location.pathname.startsWith('/field');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = saved ?? (field || dark ? 'dark' : 'light');
})();
