// Which code this program was built from. The build hands both in; a build without git says "unknown".
#pragma once

const char *revision_code(void);        // the commit in hexadecimal, with "-dirty" when sources differed from it; or "unknown"
const char *revision_compiler(void);    // name, version and optimisation: "gcc 12.2.0 -O3"
