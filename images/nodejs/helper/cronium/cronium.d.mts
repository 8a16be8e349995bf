import Cronium from "./cronium.js";

export default Cronium;
export { Cronium };
export type EventContext = Cronium.EventContext;
export type Json = Cronium.Json;
export import CroniumError = Cronium.CroniumError;
export import CroniumAPIError = Cronium.CroniumAPIError;
export import CroniumTimeoutError = Cronium.CroniumTimeoutError;
export declare const cronium: typeof Cronium.cronium;
export declare const input: typeof Cronium.input;
export declare const output: typeof Cronium.output;
export declare const getVariable: typeof Cronium.getVariable;
export declare const setVariable: typeof Cronium.setVariable;
export declare const setCondition: typeof Cronium.setCondition;
export declare const event: typeof Cronium.event;
