// Folders with all that is above them.
#include "core/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support.h"

static void parents_are_made_once(void **state) {
    const char *root = *state;
    Error error = {0};
    char *file = memory_format("%s/a/b/file", root), *folder = memory_format("%s/a/c/", root);
    for (int again = 0; again < 2; again++) {
        assert_true(folder_make_parents(file, &error) && folder_make_parents(folder, &error));
        assert_true(support_exists(root, "a/b") && !support_exists(root, "a/b/file") && support_exists(root, "a/c"));
    }
    assert_true(folder_make_parents("here", &error));
    free(file);
    free(folder);
}

static void a_file_in_the_way_is_named(void **state) {
    const char *root = *state;
    Error error = {0};
    support_write(root, "taken", "");
    char *path = memory_format("%s/taken/below/file", root);
    assert_false(folder_make_parents(path, &error));
    support_assert_has(error.message, "cannot create the folder");
    support_assert_has(error.message, "/taken/below");
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parents_are_made_once, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_is_named, support_set_up, support_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
