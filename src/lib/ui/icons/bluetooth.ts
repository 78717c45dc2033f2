export const bluetooth = 'M0 0m7 7 10 10-5 5V2l5 5L7 17';
