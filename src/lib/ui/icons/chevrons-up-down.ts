export const chevronsUpDown = 'M0 0m7 15 5 5 5-5M0 0m7 9 5-5 5 5';
