import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes an authority, `ca.crt`, and a certificate of it for an address, `server.crt` and `server.key`, in a folder. */
export function makeCertificate(folder: string, host: string): void {
  writeFileSync(join(folder, "names"), `subjectAltName=IP:${host}\n`);
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
  const script = `
    openssl req -x509 ${key} -days 2 -keyout ca.key -out ca.crt -subj "/CN=a test's authority"
    openssl req ${key} -keyout server.key -out server.csr -subj /CN=registry
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt`;
  execFileSync("sh", ["-ec", script], { cwd: folder, stdio: "ignore" });
}
