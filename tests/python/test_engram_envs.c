// Runs check_engram_envs.py, where there is a Python with numpy.
#include "tests/ci/shell.h"

static const char python[] = "/usr/bin/python3";    // Debian's, where python3-numpy installs to

static void python_has_the_environments(void **state) {
    (void)state;
    // A library with a sanitizer in it is not for a program without one.
    if (getenv("ENGRAM_SANITIZED")) skip();
    char output[SHELL_OUTPUT], *command = memory_format("%s -c 'import numpy'", python);
    const bool there = shell_run("", command, output) == 0;
    free(command);
    if (!there) {
        print_message("%s has no numpy: ci/deps.sh test installs it\n", python);
        skip();
    }
    const char *asked = getenv("ENGRAM_LIBRARY");
    command = memory_format("ENGRAM_LIBRARY=%s %s -B tests/python/check_engram_envs.py",
                            asked ? asked : "build/libengram-envs.so", python);
    shell_expect(0, "", command);
    free(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(python_has_the_environments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
