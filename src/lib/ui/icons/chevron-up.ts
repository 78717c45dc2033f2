export const chevronUp = 'M0 0m18 15-6-6-6 6';
