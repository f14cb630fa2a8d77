// The CSV reader: typed access, line numbers, and a clear message for everything that can be wrong with a table.
#include "tests/support.h"

static char *folder, path[256];

static int folder_create(void **state) {
    *state = folder = support_folder();
    snprintf(path, sizeof path, "%s/table.csv", folder);
    return 0;
}

static CsvTable *read_bytes(const void *bytes, size_t count, Error *error) {
    support_write_bytes(NULL, path, bytes, count);
    return csv_read(path, error);
}

static CsvTable *read_text(const char *text, Error *error) {
    return read_bytes(text, strlen(text), error);
}

static CsvTable *read_good(const char *text) {
    Error error = {0};
    CsvTable *table = read_text(text, &error);
    if (!table) fail_msg("%s", error.message);
    return table;
}

// Reading must fail with a message that begins with the file and holds `expected`.
static void expect_message(const char *text, const char *expected) {
    Error error = {0};
    CsvTable *table = read_text(text, &error);
    if (table) fail_msg("accepted: %s", text);
    if (strncmp(error.message, path, strlen(path)) != 0) fail_msg("no file: %s", error.message);
    support_assert_has(error.message, expected);
}

static void reads_names_numbers_and_lines(void **state) {
    (void)state;
    Error error = {0};
    CsvTable *table = read_good("a,b, c \n1,-2.5e-3,x\n\n3,+4,\"y, \"\"z\"\"\"\n");
    assert_int_equal(csv_rows(table), 2);
    assert_int_equal(csv_columns(table), 3);
    assert_string_equal(csv_name(table, 2), "c");
    assert_int_equal(csv_column(table, "c"), 2);
    assert_int_equal(csv_column(table, "d"), -1);
    double value;
    assert_true(csv_number(table, 0, 1, &value, &error));
    assert_true(value == -2.5e-3);
    assert_true(csv_number(table, 1, 1, &value, &error));
    assert_true(value == 4);
    assert_string_equal(csv_text(table, 0, 2), "x");
    assert_string_equal(csv_text(table, 1, 2), "y, \"z\"");
    assert_int_equal(csv_line(table, 0), 2);
    assert_int_equal(csv_line(table, 1), 4);
    csv_destroy(table);
}

static void takes_every_line_ending(void **state) {
    (void)state;
    CsvTable *table = read_good("\xEF\xBB\xBF"
                                "a,b\r\n1,2\r\n\r\n\"two\nlines\",4\r\n5,6");
    assert_int_equal(csv_rows(table), 3);
    assert_int_equal(csv_column(table, "a"), 0);
    assert_string_equal(csv_text(table, 1, 0), "two\nlines");
    assert_int_equal(csv_line(table, 0), 2);
    assert_int_equal(csv_line(table, 1), 4);
    assert_int_equal(csv_line(table, 2), 6);
    assert_string_equal(csv_text(table, 2, 1), "6");
    csv_destroy(table);
}

static void header_alone_is_an_empty_table(void **state) {
    (void)state;
    CsvTable *table = read_good("a,b");
    assert_int_equal(csv_rows(table), 0);
    csv_destroy(table);
}

static void malformed_files_are_errors(void **state) {
    (void)state;
    expect_message("", ":1: the file is empty");
    expect_message("\n\n", ":1: the file is empty");
    expect_message("a,b\n1,2\n3\n", ":3: 1 cell; the header names 2 columns");
    expect_message("a,b\n\n1,2,3\n", ":3: 3 cells; the header names 2 columns");
    expect_message("a,b,a\n1,2,3\n", ":1: the header names the column \"a\" twice");
    expect_message("a,b\n1,x\"y\"\n", ":2: malformed CSV");
    expect_message("a,b\n1,2\n3,\"4\n5,6\n", ":3: malformed CSV: the quoted cell");
    Error error = {0};
    assert_null(read_bytes("a,b\n1,\0\n", 8, &error));
    assert_non_null(strstr(error.message, ":2: a zero byte"));
}

static void unreadable_files_are_errors(void **state) {
    (void)state;
    Error error = {0};
    assert_null(csv_read("tests/golden/no such file.csv", &error));
    assert_string_equal(error.message, "tests/golden/no such file.csv: cannot be opened: No such file or directory");
    assert_null(csv_read(folder, &error));
    assert_non_null(strstr(error.message, "cannot be read: Is a directory"));
}

static void missing_columns_name_the_nearest(void **state) {
    (void)state;
    Error error = {0};
    int column;
    CsvTable *table = read_good("action,obs\n0,1\n");
    assert_true(csv_require(table, "obs", &column, &error));
    assert_int_equal(column, 1);
    assert_false(csv_require(table, "actoin", &column, &error));
    assert_non_null(strstr(error.message, ":1: no column \"actoin\" in the header; the nearest is \"action\""));
    assert_false(csv_require(table, "discount", &column, &error));
    assert_null(strstr(error.message, "nearest"));
    csv_destroy(table);
}

static void cells_that_are_no_numbers_are_errors(void **state) {
    (void)state;
    static const char *const bad[] = {"", "nan", "inf", "-inf", "1e999", "0x10", "1 2", "one", "1e", "--1", "1,5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "a,b\n1,\"%s\"\n", bad[i]);
        CsvTable *table = read_good(text);
        Error error = {0};
        double value;
        long whole;
        assert_false(csv_number(table, 0, 1, &value, &error));
        assert_non_null(strstr(error.message, ":2: b is \""));
        assert_false(csv_integer(table, 0, 1, -9, 9, &whole, &error));
        csv_destroy(table);
    }
}

static void integers_are_whole_and_within_range(void **state) {
    (void)state;
    Error error = {0};
    long value = 0;
    CsvTable *table = read_good("a,b,c,d\n-1,3,0.5,2.0\n");
    assert_true(csv_integer(table, 0, 0, -1, 3, &value, &error));
    assert_int_equal(value, -1);
    assert_true(csv_integer(table, 0, 3, -1, 3, &value, &error));
    assert_int_equal(value, 2);
    assert_false(csv_integer(table, 0, 1, -1, 2, &value, &error));
    assert_non_null(strstr(error.message, ":2: b is \"3\"; a whole number from -1 to 2 would be accepted"));
    assert_false(csv_integer(table, 0, 2, -1, 2, &value, &error));
    csv_destroy(table);
}

static void written_text_reads_back(void **state) {
    (void)state;
    static const char *const cells[] = {"plain", "a,b", "say \"so\"", " spaced ", "two\nlines", ""};
    enum { COUNT = sizeof cells / sizeof *cells };
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("0,1,2,3,4,5\n", file);
    for (int i = 0; i < COUNT; i++) {
        if (i) fputc(',', file);
        csv_write_text(file, cells[i]);
    }
    fputc('\n', file);
    fclose(file);
    Error error = {0};
    CsvTable *table = csv_read(path, &error);
    if (!table) fail_msg("%s", error.message);
    for (int i = 0; i < COUNT; i++) assert_string_equal(csv_text(table, 0, i), cells[i]);
    csv_destroy(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names_numbers_and_lines),
        cmocka_unit_test(takes_every_line_ending),
        cmocka_unit_test(header_alone_is_an_empty_table),
        cmocka_unit_test(malformed_files_are_errors),
        cmocka_unit_test(unreadable_files_are_errors),
        cmocka_unit_test(missing_columns_name_the_nearest),
        cmocka_unit_test(cells_that_are_no_numbers_are_errors),
        cmocka_unit_test(integers_are_whole_and_within_range),
        cmocka_unit_test(written_text_reads_back),
    };
    return cmocka_run_group_tests(tests, folder_create, support_tear_down);
}
