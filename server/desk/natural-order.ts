/** Numbers in names count as numbers: flat 2 comes before flat 10. */
export const naturally = (column: string): string =>
  `(SELECT array_agg(lpad(part[1], 9, '0') || part[2] ORDER BY place)
      FROM regexp_matches(${column}, '(\\d*)(\\D*)', 'g') WITH ORDINALITY AS t(part, place))`;
