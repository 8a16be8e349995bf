/** Anything the helper throws: a missing variable of the environment, a value that is not JSON, a broken answer. */
class CroniumError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The runtime API refused a call. `statusCode` is its HTTP status. */
class CroniumAPIError extends CroniumError {
  constructor(statusCode, message) {
    super(`runtime API answered ${statusCode}: ${message}`);
    this.statusCode = statusCode;
  }
}

/** The runtime API did not answer in time, refused the connection, or cannot be reached. */
class CroniumTimeoutError extends CroniumError {}

module.exports = { CroniumError, CroniumAPIError, CroniumTimeoutError };
