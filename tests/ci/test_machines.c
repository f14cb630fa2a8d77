// Other machines, as qemu-user plays them: a Haswell (AVX2 and FMA, no AVX-512) and a Nehalem (neither AVX nor FMA). The same program gives the
// same digests there. Long, so only in `make test-full`; needs Debian's qemu-user.
#include "tests/ci/shell.h"

static char *folder;

static int make_folder(void **state) {
    *state = folder = support_folder();
    return 0;
}

static void skip_unless_asked(void) {
    if (!getenv("ENGRAM_TEST_FULL") || !getenv("ENGRAM")) skip();
    if (shell_has("qemu-x86_64")) return;
    print_message("qemu-x86_64 is not there: ci/deps.sh full installs it\n");
    skip();
}

// Full size, but only few updates: every update is the same code.
#define SMALL                                                                                                                  \
    "SETTINGS='--set episodes=2 --set agent.batch=8 --set gradient_steps=2 --set evaluation_episodes=1 --set "                 \
    "histories.pairs=10' "

static void haswell_repeats_small_runs(void **state) {
    (void)state;
    skip_unless_asked();
    shell_expect(0, folder, SMALL "LAUNCH='qemu-x86_64 -cpu Haswell' ci/digests.sh $ENGRAM");
}

static void nehalem_repeats_small_runs_on_request(void **state) {
    (void)state;
    skip_unless_asked();
    shell_expect(0, folder, SMALL "LAUNCH='qemu-x86_64 -cpu Nehalem -E ENGRAM_KERNELS=scalar' ci/digests.sh $ENGRAM");
}

static void haswell_reaches_a_committed_digest(void **state) {
    (void)state;
    skip_unless_asked();
    shell_expect(0, folder, "LAUNCH='qemu-x86_64 -cpu Haswell' ci/digests.sh $ENGRAM brc");
}

static void nehalem_reaches_a_committed_digest_on_request(void **state) {
    (void)state;
    skip_unless_asked();
    shell_expect(0, folder, "LAUNCH='qemu-x86_64 -cpu Nehalem -E ENGRAM_KERNELS=scalar' ci/digests.sh $ENGRAM brc");
}

static void nehalem_is_told_what_it_lacks(void **state) {
    (void)state;
    skip_unless_asked();
    char output[SHELL_OUTPUT];
    assert_int_equal(shell_run(folder, "qemu-x86_64 -cpu Nehalem -U ENGRAM_KERNELS $ENGRAM list", output), 2);
    support_assert_has(output, "this processor has no FMA");
    support_assert_has(output, "ENGRAM_KERNELS=scalar");
    assert_int_equal(shell_run(folder, "qemu-x86_64 -cpu Haswell -E ENGRAM_KERNELS=avx512 $ENGRAM list", output), 2);
    support_assert_has(output, "this processor has no AVX-512F; accepted here: scalar, avx2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nehalem_is_told_what_it_lacks),
        cmocka_unit_test(haswell_repeats_small_runs),
        cmocka_unit_test(nehalem_repeats_small_runs_on_request),
        cmocka_unit_test(haswell_reaches_a_committed_digest),
        cmocka_unit_test(nehalem_reaches_a_committed_digest_on_request),
    };
    return cmocka_run_group_tests_name("machines", tests, make_folder, support_tear_down);
}
