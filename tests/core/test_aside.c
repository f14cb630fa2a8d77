// Files that are there as a whole or not at all.
#include "core/aside.h"

#include "tests/support.h"

static int count_files(const char *folder) {
    char *command = memory_format("ls -A '%s' | wc -l", folder);
    FILE *listing = popen(command, "r");
    int count = -1;
    assert_int_equal(fscanf(listing, "%d", &count), 1);
    pclose(listing);
    free(command);
    return count;
}

static void a_file_takes_its_place_at_the_end(void **state) {
    const char *folder = *state;
    char *path = memory_format("%s/table.csv", folder);
    Error error = {0};
    Aside aside;
    support_write(folder, "table.csv", "old\n");
    assert_true(aside_open(&aside, path, &error));
    fputs("new\n", aside.file);
    fflush(aside.file);
    char *text = support_read(folder, "table.csv", NULL);
    assert_string_equal(text, "old\n");
    free(text);
    assert_true(aside_close(&aside, &error));
    text = support_read(folder, "table.csv", NULL);
    assert_string_equal(text, "new\n");
    free(text);
    assert_int_equal(count_files(folder), 1);
    free(path);
}

static void what_cannot_be_written_leaves_what_was_there(void **state) {
    const char *folder = *state;
    Error error = {0};
    Aside aside;
    assert_false(aside_open(&aside, "/no/such/folder/table.csv", &error));
    support_assert_has(error.message, "cannot write /no/such/folder/table.csv");
    // A folder stands in the place: the rename fails.
    char *path = memory_format("%s/taken", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_true(aside_open(&aside, path, &error));
    fputs("text\n", aside.file);
    assert_false(aside_close(&aside, &error));
    support_assert_has(error.message, "/taken");
    assert_int_equal(count_files(folder), 1);
    free(path);
    // A full disk: every write to it fails.
    assert_true(aside_open(&aside, "/dev/shm/engram-test-aside", &error));
    fclose(aside.file);
    aside.file = fopen("/dev/full", "w");
    fputs("text\n", aside.file);
    assert_false(aside_close(&aside, &error));
    support_assert_has(error.message, "No space left");
    assert_false(support_exists(NULL, "/dev/shm/engram-test-aside"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_takes_its_place_at_the_end, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_leaves_what_was_there, support_set_up, support_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
