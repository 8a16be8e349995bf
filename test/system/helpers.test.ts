import { STORES, type Store } from "../helpers/case";
import { describeTable } from "../helpers/over-store";

// SQLite: test/integration/helpers.test.ts.
for (const store of Object.keys(STORES) as Store[]) if (STORES[store].backend) describeTable(store);
