#include "benchmarks/studies/save.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/aside.h"
#include "core/folder.h"

static bool write_table(const StudyFiles *files, const void *study, const char *folder, Error *error) {
    char *path = memory_format("%s/%s.csv", folder, files->name);
    Aside aside;
    bool opened = aside_open(&aside, path, error);
    free(path);
    if (!opened) return false;
    files->write_csv(study, aside.file);
    return aside_close(&aside, error);
}

bool study_save(const StudyFiles *files, const void *study, const char *results, char **folder, Error *error) {
    *folder = memory_format("%s/studies/%s", results, files->folder);
    char *inside = memory_format("%s/", *folder), *picture = memory_format("%s/%s", *folder, files->name);
    bool good = folder_make_parents(inside, error) && write_table(files, study, *folder, error) &&
                (!files->draw || files->draw(study, picture, error));
    free(inside);
    free(picture);
    if (good) return true;
    free(*folder);
    *folder = NULL;
    return false;
}
