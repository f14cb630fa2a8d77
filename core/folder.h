// Folders of the file system.
#pragma once

#include <stdbool.h>

#include "core/error.h"

// Makes every folder that `path` names before its last slash, where it is not there yet: of "a/b/c" a and a/b, of "a/b/c/" also a/b/c.
bool folder_make_parents(const char *path, Error *error);
