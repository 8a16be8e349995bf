/** Signs the tokens of tests. */
export const SECRET = "a secret of this test, 32 bytes or more";
