// After a change of page its heading takes the focus, whenever that page has been fetched and stands.
let isOrdered = false;

export function orderFocus(): void {
  isOrdered = true;
}

/** True once for each order. */
export function takeFocusOrder(): boolean {
  const was = isOrdered;
  isOrdered = false;
  return was;
}
