import { SharedBudget } from "@sluice/postgres-kit/budget";

/** The budgets of requests that runs share, whatever worker carries them out. */
export const budgets = new SharedBudget("sluice_budgets");
