import Cronium from "./cronium.js";

export default Cronium;
export { Cronium };
export const { CroniumError, CroniumAPIError, CroniumTimeoutError, cronium } = Cronium;
export const { input, output, getVariable, setVariable, setCondition, event } = Cronium;
