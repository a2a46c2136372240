// Any object as names and values: "scalingConfig.minSize", "taints[0].effect". What says nothing is left out.

export function fieldsOf(value: unknown, path = ''): [string, unknown][] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value !== 'object') return [[path, value]];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return value.length === 0 ? [] : [[path, value]];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Array.isArray(value)) return fieldsOf(inner, `${path}[${key}]`);
    return fieldsOf(inner, path === '' ? key : `${path}.${key}`);
  });
}
