/** Inputs that were not submitted, by form and field, while the page is open and one person uses it. */
export const unsubmitted = new Map<string, string>();
