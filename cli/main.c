// Looks at the machine before anything else does, then hands over to cli/verbs.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/platform.h"

// OpenBLAS chooses its kernels and starts its threads before main, by these variables of the environment. They must
// not decide about results: if any is set, the program starts itself again without them.
static bool steers_blas(const char *variable) {
    static const char *const prefixes[] = {"OPENBLAS_", "GOTO_", "OMP_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
    }
    return false;
}

static void leave_blas_environment(char **argv) {
    bool found = false;
    char **keep = environ;
    for (char **variable = environ; variable && *variable; variable++) {
        if (steers_blas(*variable)) found = true;
        else *keep++ = *variable;
    }
    if (!found) return;
    *keep = NULL;
    execv("/proc/self/exe", argv);
    fputs("engram: cannot start again without the OPENBLAS_*, GOTO_* and OMP_* variables: unset them\n", stderr);
    exit(EXIT_BAD_INPUT);
}

int main(int argc, char **argv) {
    Error error;
    Platform platform = platform_of_this_cpu();
    if (!platform_check(&platform, getenv("ENGRAM_KERNELS"), &error)) {
        fprintf(stderr, "engram: %s\n", error.message);
        return EXIT_BAD_INPUT;
    }
    leave_blas_environment(argv);
    return cli_run_program(argc, argv);
}
