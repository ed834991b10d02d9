/** A 64-bit number, however signed, as 16 hexadecimal digits. */
export const hexadecimal = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');
