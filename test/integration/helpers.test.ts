import { describeTable } from "../helpers/over-store";

// The other stores: test/system/helpers.test.ts.
describeTable("sqlite");
