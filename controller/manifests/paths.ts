export type Path = readonly (string | number)[];

/** The steps of a JSON pointer; indices of lists as numbers. */
export function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step) => (/^(0|[1-9]\d{0,8})$/.test(step) ? Number(step) : step));
}

/** `spec.apps[2].name` */
export function fieldPath(path: Path): string {
  const words = path.map((step, index) =>
    typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`,
  );
  return words.join("");
}
