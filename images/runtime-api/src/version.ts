/** The service's version: package.json's, which is not beside the bundle. */
export const VERSION = "0.1.0";
