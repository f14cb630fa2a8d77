// What the program says about itself and the machine it runs on.
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <cblas.h>

#include "cli/cli.h"
#include "cli/platform.h"
#include "core/revision.h"

// What the program says and what core/kernels.c does must not drift apart.
static void test_this_cpu_is_judged_as_the_kernels_judge_it(void **state) {
    (void)state;
    Platform platform = platform_of_this_cpu();
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        assert_int_equal(platform.missing[path] == NULL, kernels_supported(path));
    }
}

static void test_paths_are_accepted_or_refused_with_the_remedy(void **state) {
    (void)state;
    static const Platform full = {{NULL}}, haswell = {{[KERNELS_AVX512] = "AVX-512F"}},
                          nehalem = {{[KERNELS_AVX2] = "FMA", [KERNELS_AVX512] = "AVX-512F"}};
    static const struct {
        const Platform *platform;
        const char *asked, *message;    // NULL: accepted
    } cases[] = {
        {&full, NULL, NULL},
        {&full, "", NULL},
        {&full, "scalar", NULL},
        {&full, "avx2", NULL},
        {&full, "avx512", NULL},
        {&haswell, NULL, NULL},
        {&haswell, "avx2", NULL},
        {&nehalem, "scalar", NULL},
        {&full, "avx-512", "ENGRAM_KERNELS: found unknown path 'avx-512', accepted: scalar, avx2, avx512; nearest: avx512"},
        {&haswell, "avx", "ENGRAM_KERNELS: found unknown path 'avx', accepted: scalar, avx2; nearest: avx2"},
        {&haswell, "avx512",
         "ENGRAM_KERNELS=avx512: this processor has no AVX-512F; accepted here: scalar, avx2; nearest: avx2"},
        {&nehalem, "avx2", "ENGRAM_KERNELS=avx2: this processor has no FMA; accepted here: scalar; nearest: scalar"},
        {&nehalem, NULL,
         "this processor has no FMA; accepted: an x86-64 processor with AVX2 and FMA (most since 2013), or "
         "ENGRAM_KERNELS=scalar in the environment, which runs on this one too: slowly, with the same results"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = {0};
        assert_int_equal(platform_check(cases[i].platform, cases[i].asked, &error), cases[i].message == NULL);
        assert_string_equal(error.message, cases[i].message ? cases[i].message : "");
    }
}

// The program itself: the exit code of its first words.
static int program_under(const char *kernels) {
    char line[512];
    snprintf(line, sizeof line, "ENGRAM_KERNELS=%s %s help > /dev/null 2>&1", kernels, getenv("ENGRAM"));
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_program_refuses_what_the_cpu_lacks(void **state) {
    (void)state;
    if (!getenv("ENGRAM")) skip();
    assert_int_equal(program_under("scalr"), EXIT_BAD_INPUT);
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        assert_int_equal(program_under(kernels_path_names[path]), kernels_supported(path) ? EXIT_FINE : EXIT_BAD_INPUT);
    }
}

static void test_revision_is_a_commit_or_unknown(void **state) {
    (void)state;
    const char *code = revision_code();
    if (strcmp(code, "unknown") == 0) return;
    size_t digits = strspn(code, "0123456789abcdef");
    assert_int_equal(digits, 40);
    assert_true(code[digits] == '\0' || strcmp(code + digits, "-dirty") == 0);
}

static void test_compiler_has_name_version_and_optimisation(void **state) {
    (void)state;
    const char *compiler = revision_compiler();
    assert_true(strncmp(compiler, "gcc ", 4) == 0 || strncmp(compiler, "clang ", 6) == 0);
    assert_non_null(strstr(compiler, " -O"));
}

// GSL brings a slow CBLAS with the same names: the one that answers must be OpenBLAS's.
static void test_cblas_is_openblas(void **state) {
    (void)state;
    Dl_info info;
    void *product = NULL;
    void (*function)(CBLAS_LAYOUT, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, float, const float *, blasint,
                     const float *, blasint, float, float *, blasint) = cblas_sgemm;
    memcpy(&product, &function, sizeof product);    // ISO C has no cast from function to object pointer
    assert_true(dladdr(product, &info) != 0);
    assert_non_null(strstr(info.dli_fname, "blas"));
    assert_null(strstr(info.dli_fname, "gslcblas"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_cpu_is_judged_as_the_kernels_judge_it),
        cmocka_unit_test(test_paths_are_accepted_or_refused_with_the_remedy),
        cmocka_unit_test(test_program_refuses_what_the_cpu_lacks),
        cmocka_unit_test(test_revision_is_a_commit_or_unknown),
        cmocka_unit_test(test_compiler_has_name_version_and_optimisation),
        cmocka_unit_test(test_cblas_is_openblas),
    };
    return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
