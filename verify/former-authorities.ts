/**
 * Authorities of Mozilla's list that are in Debian's ca-certificates (20250419) and that the newer list in Node.js 24 no
 * longer has: name, and SHA-256 of the certificate.
 */
export const FORMER_AUTHORITIES: readonly (readonly [name: string, sha256: string])[] = [
  ["AffirmTrust Commercial", "0376ab1d54c5f9803ce4b2e201a0ee7eef7b57b636e8a93c9b8d4860c96f5fa7"],
  ["AffirmTrust Networking", "0a81ec5a929777f145904af38d5d509f66b5e2c58fcdb531058b0e17f3f0b41b"],
  ["AffirmTrust Premium", "70a73f7f376b60074248904534b11482d5bf0e698ecc498df52577ebf2e93b9a"],
  ["AffirmTrust Premium ECC", "bd71fdf6da97e4cf62d1647add2581b07d79adf8397eb4ecba9c5e8488821423"],
  ["Atos TrustedRoot 2011", "f356bea244b7a91eb35d53ca9ad7864ace018e2d35d5f8f96ddf68a6f41aa474"],
  ["Baltimore CyberTrust Root", "16af57a9f676b0ab126095aa5ebadef22ab31119d644ac95cd4b93dbf3f26aeb"],
  ["C=RO, O=certSIGN, OU=certSIGN ROOT CA", "eaa962c4fa4a6bafebe415196d351ccd888d4f53f3fa8ae6d7c466a94e6042bb"],
  [
    "C=TW, O=Chunghwa Telecom Co., Ltd., OU=ePKI Root Certification Authority",
    "c0a6f4dc63a24bfdcf54ef2a6a082a0a72de35803e2ff5ff527ae5d87206dfd5",
  ],
  [
    "C=US, O=Starfield Technologies, Inc., OU=Starfield Class 2 Certification Authority",
    "1465fa205397b876faa6f0a9958e5590e40fcc7faa4fb7c2c8677521fb5fb658",
  ],
  [
    "C=US, O=The Go Daddy Group, Inc., OU=Go Daddy Class 2 Certification Authority",
    "c3846bf24b9e93ca64274c0ec67c1ecc5e024ffcacd2d74019350e81fe546ae4",
  ],
  ["COMODO Certification Authority", "0c2cd63df7806fa399ede809116b575bf87989f06518f9808c860503178baf66"],
  ["Certigna", "e3b6a2db2ed7ce48842f7ac53241c7b71d54144bfb40c11f3f1d0b42f5eea12d"],
  ["CommScope Public Trust ECC Root-01", "11437cda7bb45e41365f45b39a38986b0de00def348e0c7bb0873633800bc38b"],
  ["CommScope Public Trust ECC Root-02", "2ffb7f813bbbb3c89ab4e8162d0f16d71509a830cc9d73c262e5140875d1ad4a"],
  ["CommScope Public Trust RSA Root-01", "02bdf96e2a45dd9bf18fc7e1dbdf21a0379ba3c9c2610344cfd8d606fec1ed81"],
  ["CommScope Public Trust RSA Root-02", "ffe943d793424b4f7c440c1c3d648d5363f34b82dc87aa7a9f118fc5dee101f1"],
  ["DigiCert Assured ID Root CA", "3e9099b5015e8f486c00bcea9d111ee721faba355a89bcf1df69561e3dc6325c"],
  ["DigiCert Global Root CA", "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161"],
  ["DigiCert High Assurance EV Root CA", "7431e5f4c3c1ce4690774f0b61e05440883ba9a01ed00ba6abd7806ed3b118cf"],
  ["Entrust Root Certification Authority", "73c176434f1bc6d5adf45b0e76e727287c8de57616c1e6e6141a2b2cbc7d8e4c"],
  ["Entrust Root Certification Authority - EC1", "02ed0eb28c14da45165c566791700d6451d7fb56f0b2ab1d3b8eb070e56edff5"],
  ["Entrust Root Certification Authority - G2", "43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339"],
  ["Entrust.net Certification Authority (2048)", "6dc47172e01cbcb0bf62580d895fe2b8ac9ad4f873801e0c10b9c837d21eb177"],
  ["FIRMAPROFESIONAL CA ROOT-A WEB", "bef256daf26e9c69bdec1602359798f3caf71821a03e018257c53c65617f3d4a"],
  ["GLOBALTRUST 2020", "9a296a5182d1d451a2e37f439b74daafa267523329f90f9a0d2007c334e23c9a"],
  ["GTS Root R2", "8d25cd97229dbf70356bda4eb3cc734031e24cf00fafcfd32dc76eb5841c7ea8"],
  ["GlobalSign Root CA", "ebd41040e4bb3ec742c9e381d31ef2a41a48b6685c96e7cef3c1df6cd4331c99"],
  ["QuoVadis Root CA 2", "85a0dd7dd720adb7ff05f83d542b209dc7ff4528f7d677b18389fea5e5c49e86"],
  ["QuoVadis Root CA 3", "18f1fc7f205df8adddeb7fe007dd57e3af375a9c4d8d73546bf4f1fed1e18d35"],
  ["Secure Global CA", "4200f5043ac8590ebb527d209ed1503029fbcbd41ca1b506ec27f15ade7dac69"],
  ["SecureSign Root CA12", "3f034bb5704d44b2d08545a02057de93ebf3905fce721acbc730c06ddaee904e"],
  ["SecureTrust CA", "f1c1b50ae5a20dd8030ec9f6bc24823dd367b5255759b4e71b61fce9f7375d73"],
  ["SwissSign Gold CA - G2", "62dd0be9b9f50a163ea0f8e75c053b1eca57ea55c8688f647c6881f2c8357b95"],
  ["TeliaSonera Root CA v1", "dd6936fe21f8f077c123a1a521c12224f72255b73e03a7260693e8a24b0fa389"],
  ["Trustwave Global Certification Authority", "97552015f5ddfc3c8788c006944555408894450084f100867086bc1a2bb58dc8"],
  [
    "Trustwave Global ECC P256 Certification Authority",
    "945bbc825ea554f489d1fd51a73ddf2ea624ac7019a05205225c22a78ccfa8b4",
  ],
  [
    "Trustwave Global ECC P384 Certification Authority",
    "55903859c8c0c3ebb8759ece4e2557225ff5758bbd38ebd48276601e1bd58097",
  ],
  ["XRamp Global Certification Authority", "cecddc905099d8dadfc5b1d209b737cbe2c18cfb2c10c0ff0bcf0d3286fc1aa2"],
];
