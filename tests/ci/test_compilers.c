// Other compilers and optimisation levels: the program that each builds gives the committed digests, on every path of this CPU. Long, so only in
// `make test-full`; what they build stays in variants/ beside the program under test.
#include <libgen.h>

#include "core/kernels.h"
#include "tests/ci/shell.h"

static void check_variant(const char *compiler, const char *optimisation) {
    if (!getenv("ENGRAM_TEST_FULL") || !getenv("ENGRAM")) skip();
    if (!shell_has(compiler)) {
        print_message("%s is not there: ci/deps.sh full installs it\n", compiler);
        skip();
    }
    char *program = memory_format("%s", getenv("ENGRAM"));
    char *folder = memory_format("%s/variants/%s%s", dirname(program), compiler, optimisation);
    // A make inside make must neither take part in the outer one's jobs nor take over its variables.
    char *command = memory_format("mkdir -p $F; env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -j2 all BUILD=$F CC=%s OPT=%s"
                                  " > $F/log 2>&1 || { grep -v ^cc $F/log; exit 2; }",
                                  compiler, optimisation);
    shell_expect(0, folder, command);
    free(command);
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        command = memory_format("LAUNCH='env ENGRAM_KERNELS=%s' ci/digests.sh $F/engram", kernels_path_names[path]);
        shell_expect(0, folder, command);
        free(command);
    }
    free(folder);
    free(program);
}

static void gcc_plain(void **state) {
    (void)state;
    check_variant("gcc", "-O0");
}

static void gcc_1(void **state) {
    (void)state;
    check_variant("gcc", "-O1");
}

static void gcc_2(void **state) {
    (void)state;
    check_variant("gcc", "-O2");
}

static void gcc_3(void **state) {
    (void)state;
    check_variant("gcc", "-O3");
}

static void clang_2(void **state) {
    (void)state;
    check_variant("clang", "-O2");
}

static void clang_3(void **state) {
    (void)state;
    check_variant("clang", "-O3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcc_2),   cmocka_unit_test(gcc_3), cmocka_unit_test(clang_2),
        cmocka_unit_test(clang_3), cmocka_unit_test(gcc_1), cmocka_unit_test(gcc_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
