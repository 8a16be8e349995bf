import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

// Serves a folder's files: arguments are the folder and the address; the port is sent when it listens.
const [folder = "", address] = process.argv.slice(2);
const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://archive").pathname));
  const file = createReadStream(join(folder, path));
  file.on("error", () => response.writeHead(404).end());
  file.on("open", () => file.pipe(response));
});
server.listen(0, address, () => {
  const at = server.address();
  if (at !== null && typeof at === "object") process.send?.(at.port);
});
