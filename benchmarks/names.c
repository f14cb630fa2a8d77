// Which experiments there are: the YAML files below benchmarks/.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "benchmarks/experiment.h"
#include "core/arena.h"

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *experiment_root(void) {
    const char *home = getenv("ENGRAM_HOME");
    if (home && *home) return home;
#ifdef ENGRAM_SHARE
    if (!is_folder("benchmarks") && is_folder(ENGRAM_SHARE "/benchmarks")) return ENGRAM_SHARE;
#endif
    return ".";
}

// ---- a growing list of names ----------------------------------------------------------------------------------------

typedef struct Names {
    size_t count, capacity;
    char **text;
} Names;

static void names_add(Names *names, char *owned) {
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? 2 * names->capacity : 16;
        char **text = memory_alloc(capacity * sizeof *text);
        if (names->count) memcpy(text, names->text, names->count * sizeof *text);
        free(names->text);
        *names = (Names){names->count, capacity, text};
    }
    names->text[names->count++] = owned;
}

void experiment_names_free(size_t count, char **names) {
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

static int compare_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// ---- search ---------------------------------------------------------------------------------------------------------

enum { DEPTH_MAX = 8 };    // folders in folders: also what ends a circle of links

// "tmaze" of "tmaze.yaml"; NULL for other files and hidden ones.
static char *stem(const char *file) {
    const char *dot = strrchr(file, '.');
    if (!dot || dot == file || *file == '.' || strcmp(dot, ".yaml") != 0) return NULL;
    return memory_format("%.*s", (int)(dot - file), file);
}

// Adds what lies in `folder`; `prefix` is its name below benchmarks/, with a slash at the end, or empty.
static void collect(const char *folder, const char *prefix, int depth, Names *names) {
    DIR *directory = depth < DEPTH_MAX ? opendir(folder) : NULL;
    if (!directory) return;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (*entry->d_name == '.') continue;
        char *path = memory_format("%s/%s", folder, entry->d_name);
        char *name = stem(entry->d_name);
        if (is_folder(path)) {
            char *inner = memory_format("%s%s/", prefix, entry->d_name);
            collect(path, inner, depth + 1, names);
            free(inner);
        } else if (name) {
            names_add(names, memory_format("%s%s", prefix, name));
        }
        free(name);
        free(path);
    }
    closedir(directory);
}

// Whether `name` is the experiment or a folder above it; slashes at its end do not matter.
static bool stands_for(const char *name, const char *experiment) {
    size_t length = strlen(name);
    while (length && name[length - 1] == '/') length--;
    return length && strncmp(name, experiment, length) == 0 && (experiment[length] == '\0' || experiment[length] == '/');
}

static bool refuse_name(const char *name, const Names *all, Error *error) {
    if (!name) return error_set(error, "found no experiments: there are no .yaml files below %s/benchmarks", experiment_root());
    char accepted[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < all->count && used < sizeof accepted - 1; i++) {
        int length = snprintf(accepted + used, sizeof accepted - used, "%s%s", i ? ", " : "", all->text[i]);
        used += length > 0 ? (size_t)length : 0;
    }
    const char *nearest = error_nearest(name, (const char *const *)all->text, all->count);
    return error_set(error, "found no experiment '%.200s' below %s/benchmarks, accepted: %s%s%s", name, experiment_root(),
                     all->count ? accepted : "none (there are no .yaml files)", nearest ? "; nearest: " : "",
                     nearest ? nearest : "");
}

bool experiment_names(const char *name, size_t *count, char ***names, Error *error) {
    Names all = {0}, chosen = {0};
    char *folder = memory_format("%s/benchmarks", experiment_root());
    collect(folder, "", 0, &all);
    free(folder);
    if (all.count) qsort(all.text, all.count, sizeof *all.text, compare_text);
    for (size_t i = 0; i < all.count; i++) {
        if (!name || stands_for(name, all.text[i])) names_add(&chosen, memory_format("%s", all.text[i]));
    }
    bool good = chosen.count > 0 || refuse_name(name, &all, error);
    experiment_names_free(all.count, all.text);
    *count = chosen.count;
    *names = chosen.text;
    return good;
}
