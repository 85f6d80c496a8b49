export const expected: Readonly<Record<string, readonly number[]>> = {};
