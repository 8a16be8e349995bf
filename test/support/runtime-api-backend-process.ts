import { FakeBackend } from "./runtime-api-backend";

// The known backend as a process that can be killed: arguments are its file and its port; the port is sent when it listens.
const [file, port] = process.argv.slice(2);
new FakeBackend(file).start(Number(port)).then((backend) => process.send?.(Number(new URL(backend.url).port)));
