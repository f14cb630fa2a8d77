// What many tests need: a folder of their own, whole files, tables of golden numbers, a maze. What goes wrong here fails the test.
#pragma once

#include <ftw.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/csv.h"
#include "envs/tmaze.h"

// ---- folders: to be given back with support_folder_remove ----------------------------------------------------------------

static inline char *support_folder_below(const char *place) {
    const char *asked = getenv("TMPDIR");
    char *folder = memory_format("%s/engram-test-XXXXXX", asked ? asked : place);
    if (!mkdtemp(folder)) fail_msg("%s cannot be made", folder);
    return folder;
}

static inline char *support_folder(void) {
    return support_folder_below("/tmp");
}

// In memory where there is such a place: for tests that seal more often than they train, where a disk takes its time.
static inline char *support_folder_in_memory(void) {
    return support_folder_below(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static inline int support_remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}

// Removes the folder with all that is in it, and frees its name; 0 if nothing is left.
static inline int support_folder_remove(char *folder) {
    int status = nftw(folder, support_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
    return status;
}

// Fixture: *state is the name of a folder.
static inline int support_set_up(void **state) {
    *state = support_folder();
    return 0;
}

static inline int support_tear_down(void **state) {
    return support_folder_remove(*state);
}

// A folder that stands for the repository, ENGRAM_HOME names it: with an empty benchmarks/GROUP, and our own figures/.
static inline char *support_home(const char *group) {
    char *home = support_folder(), *benchmarks = memory_format("%s/benchmarks", home);
    char *folder = memory_format("%s/%s", benchmarks, group), *figures = memory_format("%s/figures", home);
    char *scripts = realpath("figures", NULL);
    assert_non_null(scripts);
    assert_int_equal(mkdir(benchmarks, 0700) | mkdir(folder, 0700) | symlink(scripts, figures), 0);
    assert_int_equal(setenv("ENGRAM_HOME", home, 1), 0);
    free(benchmarks);
    free(folder);
    free(figures);
    free(scripts);
    return home;
}

static inline int support_home_remove(char *home) {
    return support_folder_remove(home) | unsetenv("ENGRAM_HOME");
}

// ---- files: `name` is one in `folder`, or a whole path where `folder` is NULL ---------------------------------------------

static inline char *support_path(const char *folder, const char *name) {
    return folder ? memory_format("%s/%s", folder, name) : memory_format("%s", name);
}

static inline bool support_exists(const char *folder, const char *name) {
    char *path = support_path(folder, name);
    bool found = access(path, F_OK) == 0;
    free(path);
    return found;
}

static inline void support_write_bytes(const char *folder, const char *name, const void *bytes, size_t count) {
    char *path = support_path(folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) fail_msg("%s cannot be written", path);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static inline void support_write(const char *folder, const char *name, const char *text) {
    support_write_bytes(folder, name, text, strlen(text));
}

// The whole file, a zero behind it; its length in *size unless that is NULL. To be freed.
static inline char *support_read(const char *folder, const char *name, size_t *size) {
    char *path = support_path(folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s is not there", path);
    free(path);
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *bytes = memory_zeroed(length + 1, 1);
    assert_int_equal(fread(bytes, 1, length, file), length);
    fclose(file);
    if (size) *size = length;
    return bytes;
}

static inline void support_assert_has(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("'%s' is not in:\n%s", part, text);
}

// ---- tables ----------------------------------------------------------------------------------------------------------------

// A table of at least one row, to be destroyed with csv_destroy.
static inline CsvTable *support_table(const char *path) {
    Error error = {0};
    CsvTable *table = csv_read(path, &error);
    if (!table) fail_msg("%s", error.message);
    assert_true(csv_rows(table) > 0);
    return table;
}

static inline double support_number(const CsvTable *table, size_t row, const char *name) {
    Error error = {0};
    int column;
    double value = 0;
    if (!csv_require(table, name, &column, &error) || !csv_number(table, row, column, &value, &error))
        fail_msg("%s", error.message);
    return value;
}

static inline int support_whole(const CsvTable *table, size_t row, const char *name) {
    return (int)lround(support_number(table, row, name));
}

// ---- environments ------------------------------------------------------------------------------------------------------------

// A T-Maze, to be destroyed with env_destroy.
static inline Env *support_maze(int length, double stochasticity) {
    Error error = {0};
    Env *env = env_create(&tmaze_type, &(TMazeParams){.length = length, .stochasticity = stochasticity}, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}
