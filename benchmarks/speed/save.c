// Puts a bench's table, its notes and its figure into a folder of the results that is named after the kind of machine.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/speed/figure.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/folder.h"

static void write_notes(const SpeedReport *report, FILE *out) {
    for (int i = 0; i < report->note_count; i++) fprintf(out, "%s\n", report->notes[i]);
}

// Writes aside and renames, so that a table is there as a whole or not at all.
static bool write_file(const SpeedBench *bench, const SpeedReport *report, const char *folder, const char *ending,
                       Error *error) {
    char *path = memory_format("%s/%s.%s", folder, bench->name, ending), *aside = memory_format("%s.new", path);
    FILE *file = fopen(aside, "w");
    bool good = file != NULL;
    if (file) {
        if (strcmp(ending, "csv") == 0) speed_write_csv(bench, report, true, file);
        else write_notes(report, file);
        good = !ferror(file);
        good &= fclose(file) == 0;
        good = good && rename(aside, path) == 0;
    }
    if (!good) error_set(error, "cannot write %s: %s", path, strerror(errno));
    free(path);
    free(aside);
    return good;
}

bool speed_save(const SpeedBench *bench, const SpeedReport *report, const char *results, char **folder, Error *error) {
    char class[64];
    speed_cpu_class(class, sizeof class);
    *folder = memory_format("%s/speed/%s", results, class);
    char *inside = memory_format("%s/", *folder);
    bool good = folder_make_parents(inside, error) && write_file(bench, report, *folder, "csv", error) &&
                write_file(bench, report, *folder, "txt", error);
    free(inside);
    if (good && bench == &speed_kernels) {
        char *picture = memory_format("%s/kernels", *folder);
        good = speed_draw(report, picture, error);
        free(picture);
    }
    if (good) return true;
    free(*folder);
    *folder = NULL;
    return false;
}
