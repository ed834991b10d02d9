import { createFetch } from 'tensorpress/fetch';

/** Downloads `<address>.tpress` where the server has it, and gives the bytes of the original. */
export const fetchModel = createFetch();
