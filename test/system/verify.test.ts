// Once more, and each bad image is caught by its own check alone.
process.env.CRONIUM_TEST_EVERY_CHECK = "true";
require("../integration/verify.test");
