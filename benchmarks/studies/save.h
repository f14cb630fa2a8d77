// How studies keep what they found.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"

typedef struct StudyFiles {
    const char *folder;    // below <results>/studies/
    const char *name;      // of the table, name.csv, and of the figure's folder beside it
    void (*write_csv)(const void *study, FILE *out);
    bool (*draw)(const void *study, const char *folder, Error *error);    // NULL: no figure
} StudyFiles;

// Writes the table, whole or not at all, and draws the figure. *folder is that of both, to be freed. False with a message when something
// cannot be written; then *folder is NULL.
bool study_save(const StudyFiles *files, const void *study, const char *results, char **folder, Error *error);
