import Cronium from "./cronium.js";

export default Cronium;
export { Cronium };
export const { CroniumError, CroniumAPIError, CroniumTimeoutError, cronium } = Cronium;
export const { input, output, setCondition, event, info } = Cronium;
export const { getVariable, setVariable, variableExists, deleteVariable, incrementVariable, appendVariable } = Cronium;
export const { executeToolAction, sendEmail, sendSlackMessage, sendDiscordMessage } = Cronium;
