import type { Rule } from "../rule";
import { addsNoCapabilities } from "./addsNoCapabilities";
import { boundPorts } from "./boundPorts";
import { builderRootPinned } from "./builderRootPinned";
import { confined } from "./confined";
import { containerNotPrivileged } from "./containerNotPrivileged";
import { cpuLimit } from "./cpuLimit";
import { dropsCapabilities } from "./dropsCapabilities";
import { egressMembers } from "./egressMembers";
import { engineOverTls } from "./engineOverTls";
import { generatedSecretLength } from "./generatedSecretLength";
import { healthcheck } from "./healthcheck";
import { idleContainerOffNetwork } from "./idleContainerOffNetwork";
import { imageBasePinned } from "./imageBasePinned";
import { imageHardening } from "./imageHardening";
import { imageHealthcheck } from "./imageHealthcheck";
import { imageLabels } from "./imageLabels";
import { imagePinned } from "./imagePinned";
import { imagePromoted } from "./imagePromoted";
import { imageRunsUnprivileged } from "./imageRunsUnprivileged";
import { imageSizeBudget } from "./imageSizeBudget";
import { imagesFromHere } from "./imagesFromHere";
import { imageTagsAllowed } from "./imageTagsAllowed";
import { imageUser } from "./imageUser";
import { jobNetworkInternal } from "./jobNetworkInternal";
import { memoryLimit } from "./memoryLimit";
import { networkDriver } from "./networkDriver";
import { networkEncrypted } from "./networkEncrypted";
import { networkHidesHost } from "./networkHidesHost";
import { networkInternal } from "./networkInternal";
import { networkWithoutIcc } from "./networkWithoutIcc";
import { noCredentialInText } from "./noCredentialInText";
import { noEngineSocket } from "./noEngineSocket";
import { noForeignNamespace } from "./noForeignNamespace";
import { noHostCgroups } from "./noHostCgroups";
import { noHostDevices } from "./noHostDevices";
import { noHostIpc } from "./noHostIpc";
import { noHostNetwork } from "./noHostNetwork";
import { noHostPid } from "./noHostPid";
import { noHostSysctls } from "./noHostSysctls";
import { noHostUserns } from "./noHostUserns";
import { noNewPrivileges } from "./noNewPrivileges";
import { nonRootUser } from "./nonRootUser";
import { noPlainRegistryPassword } from "./noPlainRegistryPassword";
import { noPlainSecretEnv } from "./noPlainSecretEnv";
import { noPlainSecretUpload } from "./noPlainSecretUpload";
import { noPrivilegedPorts } from "./noPrivilegedPorts";
import { noPublishAll } from "./noPublishAll";
import { noRootGroup } from "./noRootGroup";
import { noSecretBuildArg } from "./noSecretBuildArg";
import { noSecretConfig } from "./noSecretConfig";
import { noSensitiveMount } from "./noSensitiveMount";
import { noSharedPropagation } from "./noSharedPropagation";
import { noSwap } from "./noSwap";
import { noVolumesFrom } from "./noVolumesFrom";
import { ownNetwork } from "./ownNetwork";
import { readOnlyBind } from "./readOnlyBind";
import { readOnlyRoot } from "./readOnlyRoot";
import { readOnlySecretMount } from "./readOnlySecretMount";
import { releaseSupported } from "./releaseSupported";
import { remoteImagePinned } from "./remoteImagePinned";
import { restartPolicy } from "./restartPolicy";
import { restrictedTmpfs } from "./restrictedTmpfs";
import { rotatedLogs } from "./rotatedLogs";
import { serviceRollsBack } from "./serviceRollsBack";
import { singleWriterVolume } from "./singleWriterVolume";
import { volumeNoHostPath } from "./volumeNoHostPath";
import { volumeProtected } from "./volumeProtected";

/** All rules of the pack, sorted. */
export const rules: readonly Rule[] = [
  addsNoCapabilities,
  boundPorts,
  builderRootPinned,
  confined,
  containerNotPrivileged,
  cpuLimit,
  dropsCapabilities,
  egressMembers,
  engineOverTls,
  generatedSecretLength,
  healthcheck,
  idleContainerOffNetwork,
  imageBasePinned,
  imageHardening,
  imageHealthcheck,
  imageLabels,
  imagePinned,
  imagePromoted,
  imageRunsUnprivileged,
  imageSizeBudget,
  imageTagsAllowed,
  imageUser,
  imagesFromHere,
  jobNetworkInternal,
  memoryLimit,
  networkDriver,
  networkEncrypted,
  networkHidesHost,
  networkInternal,
  networkWithoutIcc,
  noCredentialInText,
  noEngineSocket,
  noForeignNamespace,
  noHostCgroups,
  noHostDevices,
  noHostIpc,
  noHostNetwork,
  noHostPid,
  noHostSysctls,
  noHostUserns,
  noNewPrivileges,
  noPlainRegistryPassword,
  noPlainSecretEnv,
  noPlainSecretUpload,
  noPrivilegedPorts,
  noPublishAll,
  noRootGroup,
  noSecretBuildArg,
  noSecretConfig,
  noSensitiveMount,
  noSharedPropagation,
  noSwap,
  noVolumesFrom,
  nonRootUser,
  ownNetwork,
  readOnlyBind,
  readOnlyRoot,
  readOnlySecretMount,
  releaseSupported,
  remoteImagePinned,
  restartPolicy,
  restrictedTmpfs,
  rotatedLogs,
  serviceRollsBack,
  singleWriterVolume,
  volumeNoHostPath,
  volumeProtected,
];
