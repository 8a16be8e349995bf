/**
 * One request and its answer over a connection of its own, in a given time. Rejects with the connection's error, whose
 * `reached` says whether the request may have arrived. The environment's proxies are not used: they would see the token.
 */
function exchange(endpoint, { method, path, body }, milliseconds) {
  const http = require(endpoint.secure ? "node:https" : "node:http");
  return new Promise((resolve, reject) => {
    let reached = false;
    const request = http.request({
      agent: false,
      host: endpoint.host,
      port: endpoint.port || undefined,
      method,
      path: endpoint.prefix + path,
      headers: {
        Authorization: `Bearer ${endpoint.token}`,
        Accept: "application/json",
        ...(body !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
      },
    });
    const timer = setTimeout(() => request.destroy(new Error("no answer in time")), milliseconds);
    const fail = (error) => {
      clearTimeout(timer);
      reject(Object.assign(error, { reached }));
    };
    request.once("socket", (socket) => {
      socket.once(endpoint.secure ? "secureConnect" : "connect", () => {
        reached = true;
      });
    });
    request.on("error", fail);
    request.once("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", fail);
      response.once("end", () => {
        clearTimeout(timer);
        // A server that refuses a large body answers before it has read all of it: the connection is of no use any more.
        if (!request.writableFinished) request.destroy();
        resolve({
          status: response.statusCode,
          retryAfter: response.headers["retry-after"],
          body: Buffer.concat(chunks),
        });
      });
    });
    request.end(body);
  });
}

module.exports = { exchange };
