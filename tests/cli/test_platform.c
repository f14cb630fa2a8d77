// What the program says about itself and the machine it runs on.
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cblas.h>

#include "cli/platform.h"
#include "core/revision.h"

static void test_this_cpu_is_supported(void **state) {
    (void)state;
    const char *missing = "unset";
    assert_true(platform_supported(&missing));
    assert_null(missing);
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
        cmocka_unit_test(test_this_cpu_is_supported),
        cmocka_unit_test(test_revision_is_a_commit_or_unknown),
        cmocka_unit_test(test_compiler_has_name_version_and_optimisation),
        cmocka_unit_test(test_cblas_is_openblas),
    };
    return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
