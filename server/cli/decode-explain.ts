export const explainArguments = (_: readonly string[], print: (text: string) => void): number => {
  print('npm run decode reads JSON Lines from its input.');
  return 2;
};
