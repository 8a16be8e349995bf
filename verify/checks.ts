import type { Check } from "./check";
import { accountsExact } from "./checks/accountsExact";
import { caBundleParses } from "./checks/caBundleParses";
import { caBundlePublic } from "./checks/caBundlePublic";
import { elfArchitecture } from "./checks/elfArchitecture";
import { elfBindNow } from "./checks/elfBindNow";
import { elfPie } from "./checks/elfPie";
import { elfRelro } from "./checks/elfRelro";
import { elfRunPath } from "./checks/elfRunPath";
import { elfStack } from "./checks/elfStack";
import { elfStackProtector } from "./checks/elfStackProtector";
import { elfTextRelocations } from "./checks/elfTextRelocations";
import { filesAccountedFor } from "./checks/filesAccountedFor";
import { filesAreRoots } from "./checks/filesAreRoots";
import { groupsExact } from "./checks/groupsExact";
import { healthcheckPasses } from "./checks/healthcheckPasses";
import { healthcheckPresent } from "./checks/healthcheckPresent";
import { helperLoads } from "./checks/helperLoads";
import { helperVersion } from "./checks/helperVersion";
import { homeIsTheUsers } from "./checks/homeIsTheUsers";
import { initReaps } from "./checks/initReaps";
import { labelsAreTrue } from "./checks/labelsAreTrue";
import { librariesResolve } from "./checks/librariesResolve";
import { libraryLoads } from "./checks/libraryLoads";
import { licencesPresent } from "./checks/licencesPresent";
import { localeIsUtf8 } from "./checks/localeIsUtf8";
import { noAdd } from "./checks/noAdd";
import { noBrokenLinks } from "./checks/noBrokenLinks";
import { noCaches } from "./checks/noCaches";
import { noCompiler } from "./checks/noCompiler";
import { noFileCapabilities } from "./checks/noFileCapabilities";
import { noLeftovers } from "./checks/noLeftovers";
import { noLoginShells } from "./checks/noLoginShells";
import { noPackageManager } from "./checks/noPackageManager";
import { noPasswords } from "./checks/noPasswords";
import { noPrivilegedPorts } from "./checks/noPrivilegedPorts";
import { noPrivilegeTools } from "./checks/noPrivilegeTools";
import { noRemoteTools } from "./checks/noRemoteTools";
import { noSecretFiles } from "./checks/noSecretFiles";
import { noSecretsInConfig } from "./checks/noSecretsInConfig";
import { noSetgid } from "./checks/noSetgid";
import { noSetuid } from "./checks/noSetuid";
import { noSpecialFiles } from "./checks/noSpecialFiles";
import { nothingHidden } from "./checks/nothingHidden";
import { nothingPreloaded } from "./checks/nothingPreloaded";
import { noUnpromisedShell } from "./checks/noUnpromisedShell";
import { noVolumes } from "./checks/noVolumes";
import { noWorldWritableFiles } from "./checks/noWorldWritableFiles";
import { noWorldWritableFolders } from "./checks/noWorldWritableFolders";
import { packagedFilesUnchanged } from "./checks/packagedFilesUnchanged";
import { pathIsSafe } from "./checks/pathIsSafe";
import { promisedTools } from "./checks/promisedTools";
import { pythonByteCode } from "./checks/pythonByteCode";
import { runsLockedDown } from "./checks/runsLockedDown";
import { sbomMatches } from "./checks/sbomMatches";
import { shellForSubprocesses } from "./checks/shellForSubprocesses";
import { sizeBudget } from "./checks/sizeBudget";
import { stopsInTime } from "./checks/stopsInTime";
import { supportedVersions } from "./checks/supportedVersions";
import { timesAreFixed } from "./checks/timesAreFixed";
import { timeZones } from "./checks/timeZones";
import { tmpIsSticky } from "./checks/tmpIsSticky";
import { userIsNotRoot } from "./checks/userIsNotRoot";
import { workFolders } from "./checks/workFolders";

/** All checks, in the order of reports. */
export const CHECKS: readonly Check[] = [
  userIsNotRoot,
  accountsExact,
  groupsExact,
  noPasswords,
  noLoginShells,
  homeIsTheUsers,
  workFolders,
  noSetuid,
  noSetgid,
  noFileCapabilities,
  noWorldWritableFiles,
  noWorldWritableFolders,
  tmpIsSticky,
  filesAreRoots,
  noPackageManager,
  noCompiler,
  noPrivilegeTools,
  noRemoteTools,
  noUnpromisedShell,
  noSecretFiles,
  noSecretsInConfig,
  noCaches,
  noLeftovers,
  nothingHidden,
  noBrokenLinks,
  noSpecialFiles,
  elfRelro,
  elfBindNow,
  elfPie,
  elfStackProtector,
  elfStack,
  elfTextRelocations,
  elfRunPath,
  elfArchitecture,
  librariesResolve,
  caBundleParses,
  caBundlePublic,
  timeZones,
  localeIsUtf8,
  healthcheckPresent,
  noAdd,
  noPrivilegedPorts,
  noVolumes,
  pathIsSafe,
  nothingPreloaded,
  labelsAreTrue,
  timesAreFixed,
  sizeBudget,
  sbomMatches,
  packagedFilesUnchanged,
  filesAccountedFor,
  licencesPresent,
  supportedVersions,
  helperVersion,
  pythonByteCode,
  runsLockedDown,
  initReaps,
  stopsInTime,
  libraryLoads,
  shellForSubprocesses,
  promisedTools,
  helperLoads,
  healthcheckPasses,
];
