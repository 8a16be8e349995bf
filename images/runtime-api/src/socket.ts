/** The operator's interface inside the container: /tmp is the one place that is always writable. */
export const OPERATOR_SOCKET = process.env.OPERATOR_SOCKET || "/tmp/operator.sock";
