import { type Check, CIS, NIST, verdict } from "../check";
import { programsNamed } from "../programs";

const NAMES =
  /^(ssh|sshd|scp|sftp|dropbear|telnet|telnetd|nc|ncat|netcat|socat|rsh|rlogin|ftp|ftpd|tftp|tftpd|httpd|nmap|tcpdump)$/;

export const noRemoteTools: Check = {
  id: "no-remote-tools",
  proves: "There is no remote shell or server, and no network tool that skips certificates.",
  source: `${CIS.packages}, ${NIST.configuration}`,
  check: (image) =>
    verdict(
      programsNamed(image, NAMES).map((path) => `${path}: leave it out`),
      "none in any bin folder",
    ),
};
