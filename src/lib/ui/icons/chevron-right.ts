export const chevronRight = 'M0 0m9 18 6-6-6-6';
