// Puts a bench's table, its notes and its figure into a folder of the results that is named after the kind of machine.
#include <stdlib.h>
#include <string.h>

#include "benchmarks/speed/figure.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/aside.h"
#include "core/folder.h"

static void write_notes(const SpeedReport *report, FILE *out) {
    for (int i = 0; i < report->note_count; i++) fprintf(out, "%s\n", report->notes[i]);
}

static bool write_file(const SpeedBench *bench, const SpeedReport *report, const char *folder, const char *ending,
                       Error *error) {
    char *path = memory_format("%s/%s.%s", folder, bench->name, ending);
    Aside aside;
    bool opened = aside_open(&aside, path, error);
    free(path);
    if (!opened) return false;
    if (strcmp(ending, "csv") == 0) speed_write_csv(bench, report, true, aside.file);
    else write_notes(report, aside.file);
    return aside_close(&aside, error);
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
