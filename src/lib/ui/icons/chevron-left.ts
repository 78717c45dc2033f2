export const chevronLeft = 'M0 0m15 18-6-6 6-6';
