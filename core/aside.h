// A text file that is there as a whole or not at all: written under another name beside its place, and renamed.
//
//     Aside aside;
//     if (!aside_open(&aside, "results/table.csv", &error)) return false;
//     fputs("a,b\n", aside.file);
//     return aside_close(&aside, &error);
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"

typedef struct Aside {
    FILE *file;    // what is written goes here
    char *path, *temporary;
} Aside;

// False with a message. The folder must be there (core/folder.h).
bool aside_open(Aside *aside, const char *path, Error *error);

// Puts the file in its place; what was there before is replaced. When anything could not be written, what was there stays, nothing is left
// beside it, and the message names the file.
bool aside_close(Aside *aside, Error *error);
