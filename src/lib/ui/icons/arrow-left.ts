export const arrowLeft = 'M0 0m12 19-7-7 7-7M19 12H5';
