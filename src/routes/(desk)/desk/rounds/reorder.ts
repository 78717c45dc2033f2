/**
 * Moving a row of a list to another place: by dragging it, and by a button for whoever does not
 * drag (WCAG 2.2, 2.5.7). It knows places, not what the rows are.
 */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, i) => i !== from);
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) return [...list];
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}

/** Attributes of a row that can be dragged; `move` is told the two places. */
export function dragRow(index: number, move: (from: number, to: number) => void) {
  return {
    draggable: true,
    ondragstart: (event: DragEvent) => event.dataTransfer?.setData('text/plain', String(index)),
    ondragover: (event: DragEvent) => event.preventDefault(),
    ondrop: (event: DragEvent) => {
      event.preventDefault();
      const from = Number(event.dataTransfer?.getData('text/plain') || NaN);
      if (Number.isInteger(from) && from !== index) move(from, index);
    },
  };
}
