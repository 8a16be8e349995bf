import { type Check, CIS, NIST, verdict } from "../check";
import { programsNamed } from "../programs";

const NAMES =
  /^(ssh|sshd|scp|sftp|dropbear|telnet|telnetd|nc|ncat|netcat|socat|rsh|rlogin|ftp|ftpd|tftp|tftpd|httpd|nmap|tcpdump)$/;

export const noRemoteTools: Check = {
  id: "no-remote-tools",
  proves: "No remote shell, server or network tool that knows no certificates is in a folder of programs.",
  source: `${CIS.packages}, ${NIST.configuration}`,
  check: (image) =>
    verdict(
      programsNamed(image, NAMES).map((path) => `${path}: leave it out`),
      "none in any bin folder",
    ),
};
