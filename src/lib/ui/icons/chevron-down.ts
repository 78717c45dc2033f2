export const chevronDown = 'M0 0m6 9 6 6 6-6';
