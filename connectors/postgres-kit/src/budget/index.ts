export { SharedBudget, type BudgetTurn } from "./shared-budget.ts";
