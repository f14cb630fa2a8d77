// The scripts in ci/: what they print and the status they end with.
#include "tests/ci/shell.h"

static char *folder;

static int make_folder(void **state) {
    *state = folder = support_folder();
    return 0;
}

static void write_program(const char *name, const char *text) {
    support_write(folder, name, text);
    char *path = support_path(folder, name);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

static int run(const char *command, char output[SHELL_OUTPUT]) {
    return shell_run(folder, command, output);
}

static void test_run_tests_counts_every_outcome(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    write_program("good", "#!/bin/sh\n"
                          "echo '[==========] Running 2 test(s).'\n"
                          "echo '[ RUN      ] a'; printf 'noise '; echo '[       OK ] a'\n"
                          "echo '[ RUN      ] b'; echo '[  SKIPPED ] b'\n"
                          "echo '[  SKIPPED ] 1 test(s), listed below:'; echo '[  SKIPPED ] b'\n");
    assert_int_equal(run("ci/run_tests.sh $F/logs 2 5 $F/good", output), 0);
    support_assert_has(output, "1 tests skipped");
    support_assert_has(output, "\n1 passed, 0 failed\n");

    // The first of three ends well, the second crashes the program, the third never begins; and one program never ends.
    write_program("crash", "#!/bin/sh\n"
                           "echo '[==========] Running 3 test(s).'\n"
                           "echo '[ RUN      ] a'; echo '[       OK ] a'\n"
                           "echo '[ RUN      ] b'; echo why it crashed; kill -SEGV $$\n");
    write_program("hang", "#!/bin/sh\n"
                          "echo '[==========] Running 1 test(s).'; echo '[ RUN      ] a'; exec sleep 60\n");
    write_program("leak", "#!/bin/sh\n"
                          "echo '[==========] Running 1 test(s).'; echo '[ RUN      ] a'; echo '[       OK ] a'; exit 1\n");
    assert_int_equal(run("ci/run_tests.sh $F/logs 2 1 $F/hang $F/crash $F/good $F/leak", output), 1);
    support_assert_has(output, "why it crashed");
    support_assert_has(output, "stopped after 1 s");
    const char *last = "\n3 passed, 4 failed\n";
    support_assert_has(output, last);
    assert_string_equal(output + strlen(output) - strlen(last), last);
    assert_true(strstr(output, "/hang ") < strstr(output, "/crash "));    // the order given, not the order of ending
}

static void test_platform_names_what_is_missing(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    assert_int_equal(run("ci/platform.sh", output), 0);
    assert_string_equal(output, "");
    support_write(folder, "cpuinfo", "processor : 0\nflags : fpu sse2 avx bmi2 avx2\n");
    assert_int_equal(run("ENGRAM_KERNELS= ENGRAM_CPUINFO=$F/cpuinfo ci/platform.sh", output), 0);
    support_assert_has(output, "lacks fma");
    support_assert_has(output, "ENGRAM_KERNELS=scalar");
    assert_int_equal(run("ENGRAM_KERNELS=scalar ENGRAM_CPUINFO=$F/cpuinfo ci/platform.sh", output), 0);
    assert_string_equal(output, "");
}

static void test_deps_refuses_an_unknown_group(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    assert_int_equal(run("ci/deps.sh everything", output), 2);
    support_assert_has(output, "run, test, full, lint, coverage");
}

static void test_revision_outside_a_checkout_is_unknown(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    assert_int_equal(run("R=$PWD/ci/revision.sh; cd $F && $R core", output), 0);
    assert_string_equal(output, "unknown\n");
}

static void test_imports_go_down_only(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    assert_int_equal(run("ci/imports.sh", output), 0);
    support_write(folder, "wrong.c", "#include \"envs/env.h\"\n");
    const char *tree = "R=$PWD/ci/imports.sh; cd $F && mkdir -p core envs algorithms analysis figures benchmarks cli && ";
    char command[512];
    snprintf(command, sizeof command, "%s cp wrong.c cli && $R && cp wrong.c core && ! $R", tree);
    assert_int_equal(run(command, output), 0);
    support_assert_has(output, "core/wrong.c:1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_tests_counts_every_outcome), cmocka_unit_test(test_platform_names_what_is_missing),
        cmocka_unit_test(test_deps_refuses_an_unknown_group),  cmocka_unit_test(test_revision_outside_a_checkout_is_unknown),
        cmocka_unit_test(test_imports_go_down_only),
    };
    return cmocka_run_group_tests_name("scripts", tests, make_folder, support_tear_down);
}
