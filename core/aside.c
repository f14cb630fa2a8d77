#include "core/aside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"

static bool refuse(Aside *aside, Error *error) {
    error_set(error, "cannot write %s: %s", aside->path, strerror(errno));
    unlink(aside->temporary);
    return false;
}

static void release(Aside *aside) {
    free(aside->path);
    free(aside->temporary);
    *aside = (Aside){0};
}

bool aside_open(Aside *aside, const char *path, Error *error) {
    *aside = (Aside){.path = memory_format("%s", path), .temporary = memory_format("%s.%ld.tmp", path, (long)getpid())};
    aside->file = fopen(aside->temporary, "w");
    if (aside->file) return true;
    refuse(aside, error);
    release(aside);
    return false;
}

bool aside_close(Aside *aside, Error *error) {
    bool written = !ferror(aside->file);
    if (fclose(aside->file) != 0) written = false;
    written = written && rename(aside->temporary, aside->path) == 0;
    if (!written) refuse(aside, error);
    release(aside);
    return written;
}
