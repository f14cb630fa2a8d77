// The patches in tests/faults: all apply; what is called benign changes the digests and nothing that has a tolerance.
#include <glob.h>

#include "core/kernels.h"
#include "tests/ci/shell.h"

static char *folder;

static int make_folder(void **state) {
    *state = folder = support_folder();
    return 0;
}

static void skip_outside_a_checkout(void) {
    char output[SHELL_OUTPUT];
    if (shell_run(folder, "test \"$(git -c safe.directory=\"$PWD\" rev-parse --show-toplevel)\" = \"$(pwd -P)\"", output) != 0)
        skip();
}

static void every_fault_applies(void **state) {
    (void)state;
    skip_outside_a_checkout();
    glob_t patches;
    assert_int_equal(glob("tests/faults/*.patch", 0, NULL, &patches), 0);
    for (size_t i = 0; i < patches.gl_pathc; i++) {
        char *command = memory_format("git -c safe.directory=\"$PWD\" apply --check %s", patches.gl_pathv[i]);
        shell_expect(0, folder, command);
        free(command);
    }
    globfree(&patches);
}

// Tests that compare with golden values or other programs to a tolerance; test_linalg demands bits and is not among them.
#define TOLERANT                                                                                                               \
    "core/test_tape core/test_optim core/test_vmath algorithms/test_cells algorithms/test_fused algorithms/test_network "      \
    "algorithms/test_drqn "                                                                                                    \
    "analysis/information/test_mine"
#define IN_TREE "cd $F/tree && "
#define MAKE "env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -j2 "

static void check_benign(const char *patch) {
    char *command = memory_format("rm -rf $F/tree && ci/fault.sh %s $F/tree", patch);
    shell_expect(0, folder, command);
    free(command);
    shell_expect(0, folder, IN_TREE MAKE "all $(printf ' build/tests/%s' " TOLERANT ")");
    shell_expect(1, folder, IN_TREE "! ci/digests.sh build/engram | grep -q same || exit 3; ci/digests.sh build/engram");
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        command = memory_format(IN_TREE "SETTINGS='--set episodes=4' LAUNCH='env ENGRAM_KERNELS=%s' ci/digests.sh build/engram",
                                kernels_path_names[path]);
        shell_expect(0, folder, command);
        free(command);
    }
    shell_expect(0, folder, IN_TREE "for t in " TOLERANT "; do env -u ENGRAM_TEST_FULL build/tests/$t || exit 1; done");
}

static void benign_faults_change_digests_and_nothing_else(void **state) {
    (void)state;
    if (!getenv("ENGRAM_TEST_FULL")) skip();
    skip_outside_a_checkout();
    glob_t patches;
    assert_int_equal(glob("tests/faults/benign-*.patch", 0, NULL, &patches), 0);
    for (size_t i = 0; i < patches.gl_pathc; i++) check_benign(patches.gl_pathv[i]);
    globfree(&patches);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_applies),
        cmocka_unit_test(benign_faults_change_digests_and_nothing_else),
    };
    return cmocka_run_group_tests_name("faults", tests, make_folder, support_tear_down);
}
