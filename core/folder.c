#include "core/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"

bool folder_make_parents(const char *path, Error *error) {
    char *copy = memory_format("%s", path);
    bool made = true;
    for (char *slash = strchr(copy + 1, '/'); slash && made; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = mkdir(copy, 0777) == 0 || errno == EEXIST;
        if (!made) error_set(error, "cannot create the folder %s: %s", copy, strerror(errno));
        *slash = '/';
    }
    free(copy);
    return made;
}
