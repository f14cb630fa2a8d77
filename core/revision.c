#include "core/revision.h"

// The Makefile defines these for this file alone, so that a new commit recompiles nothing else.
#ifndef ENGRAM_REVISION
#define ENGRAM_REVISION "unknown"
#endif
#ifndef ENGRAM_OPTIMISATION
#define ENGRAM_OPTIMISATION "(flags unknown)"
#endif

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
#if defined(__clang__)
#define COMPILER "clang " TEXT_OF(__clang_major__) "." TEXT_OF(__clang_minor__) "." TEXT_OF(__clang_patchlevel__)
#else
#define COMPILER "gcc " TEXT_OF(__GNUC__) "." TEXT_OF(__GNUC_MINOR__) "." TEXT_OF(__GNUC_PATCHLEVEL__)
#endif

const char *revision_code(void) {
    return ENGRAM_REVISION;
}

const char *revision_compiler(void) {
    return COMPILER " " ENGRAM_OPTIMISATION;
}
