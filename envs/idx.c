#include "envs/idx.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/arena.h"

enum { IMAGES_MAGIC = 2051, LABELS_MAGIC = 2049, CHUNK = 1 << 20 };

void idx_release(IdxSet *set) {
    free(set->pixels);
    free(set->labels);
    *set = (IdxSet){0};
}

// ---- reading --------------------------------------------------------------------------------------------------------------

typedef struct Reading {
    gzFile file;
    size_t taken;    // bytes, unpacked
    const char *path;
    Error *error;
} Reading;

static bool reading_open(Reading *reading) {
    struct stat about;
    if (stat(reading->path, &about) != 0) return error_set(reading->error, "%s: %s", reading->path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return error_set(reading->error, "%s: not a file; accepted: an IDX file, as it is or compressed by gzip",
                         reading->path);
    reading->file = gzopen(reading->path, "rb");
    if (!reading->file) return error_set(reading->error, "%s: %s", reading->path, strerror(errno));
    return true;
}

// What zlib has to say of how far it came; NULL where all is well.
static const char *complaint(const Reading *reading) {
    int status = Z_OK;
    const char *text = gzerror(reading->file, &status);
    const size_t name = strlen(reading->path);
    if (status == Z_OK || status == Z_STREAM_END) return NULL;
    if (status == Z_ERRNO) return strerror(errno);
    return strncmp(text, reading->path, name) == 0 && text[name] == ':' ? text + name + 2
                                                                        : text;    // it puts the path before it
}

static bool refuse_damage(const Reading *reading) {
    const char *why = complaint(reading);
    return error_set(reading->error, "%s: damaged after %zu bytes: %s; accepted: an IDX file, as it is or compressed by gzip",
                     reading->path, reading->taken, why ? why : "no end");
}

static bool refuse_end(const Reading *reading, size_t wanted) {
    return error_set(reading->error, "%s: found %zu bytes, accepted: at least %zu, by its header", reading->path,
                     reading->taken, wanted);
}

// The next `count` bytes, in memory that grows with what is found: a header that lies about its count gets no memory for it. To be freed.
static uint8_t *take(Reading *reading, size_t count) {
    size_t room = count < CHUNK ? count : CHUNK, found = 0;
    uint8_t *bytes = memory_alloc(room);
    while (found < count) {
        if (found == room) {
            room = count / 2 < room ? count : 2 * room;
            uint8_t *larger = memory_alloc(room);
            memcpy(larger, bytes, found);
            free(bytes);
            bytes = larger;
        }
        size_t ask = room - found < CHUNK ? room - found : CHUNK;
        int got = gzread(reading->file, bytes + found, (unsigned)ask);
        if (got <= 0) {
            got < 0 ? refuse_damage(reading) : refuse_end(reading, reading->taken - found + count);
            free(bytes);
            return NULL;
        }
        found += (size_t)got;
        reading->taken += (size_t)got;
    }
    return bytes;
}

static bool take_numbers(Reading *reading, int count, uint32_t *numbers) {
    uint8_t *bytes = take(reading, 4 * (size_t)count);
    if (!bytes) return false;
    for (int i = 0; i < count; i++) {
        const uint8_t *b = bytes + 4 * i;
        numbers[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    free(bytes);
    return true;
}

// Nothing may follow, and what was read must have been sound.
static bool take_end(Reading *reading) {
    uint8_t byte;
    if (gzread(reading->file, &byte, 1) == 1) {
        return error_set(reading->error, "%s: found more than %zu bytes, accepted: as many as its header's numbers make",
                         reading->path, reading->taken);
    }
    return !complaint(reading) || refuse_damage(reading);
}

static bool check_magic(const Reading *reading, uint32_t found, uint32_t accepted, const char *what) {
    return found == accepted || error_set(reading->error, "%s: found %u at its start, accepted: %u, that of an IDX file of %s",
                                          reading->path, (unsigned)found, (unsigned)accepted, what);
}

static bool take_images(Reading *reading, IdxSet *set) {
    uint32_t magic, number[3];
    if (!take_numbers(reading, 1, &magic) || !check_magic(reading, magic, IMAGES_MAGIC, "images")) return false;
    if (!take_numbers(reading, 3, number)) return false;
    if (number[0] == 0 || number[0] > IDX_COUNT_MAX) {
        return error_set(reading->error, "%s: found a count of %u images, accepted: 1 to %d", reading->path,
                         (unsigned)number[0], IDX_COUNT_MAX);
    }
    if (number[1] != (uint32_t)set->rows || number[2] != (uint32_t)set->columns) {
        return error_set(reading->error, "%s: found images of %u x %u pixels, accepted: %d x %d", reading->path,
                         (unsigned)number[1], (unsigned)number[2], set->rows, set->columns);
    }
    set->count = (int)number[0];
    set->pixels = take(reading, (size_t)set->count * (size_t)set->rows * (size_t)set->columns);
    return set->pixels && take_end(reading);
}

static bool take_labels(Reading *reading, IdxSet *set) {
    uint32_t magic, count;
    if (!take_numbers(reading, 1, &magic) || !check_magic(reading, magic, LABELS_MAGIC, "labels")) return false;
    if (!take_numbers(reading, 1, &count)) return false;
    if (count != (uint32_t)set->count) {
        return error_set(reading->error, "%s: found a count of %u labels, accepted: %d, one for each image", reading->path,
                         (unsigned)count, set->count);
    }
    set->labels = take(reading, count);
    if (!set->labels || !take_end(reading)) return false;
    for (int i = 0; i < set->count; i++) {
        if (set->labels[i] >= IDX_CLASSES) {
            return error_set(reading->error, "%s: found label %d of image %d, accepted: 0 to %d", reading->path, set->labels[i],
                             i, IDX_CLASSES - 1);
        }
    }
    return true;
}

static bool read_file(const char *path, bool (*content)(Reading *, IdxSet *), IdxSet *set, Error *error) {
    Reading reading = {.path = path, .error = error};
    if (!reading_open(&reading)) return false;
    bool good = content(&reading, set);
    gzclose(reading.file);
    return good;
}

bool idx_read(const char *images, const char *labels, int rows, int columns, IdxSet *set, Error *error) {
    assert(rows > 0 && columns > 0);
    *set = (IdxSet){.rows = rows, .columns = columns};
    if (read_file(images, take_images, set, error) && read_file(labels, take_labels, set, error)) return true;
    idx_release(set);
    return false;
}

// ---- writing --------------------------------------------------------------------------------------------------------------

static bool check_absent(const char *path, Error *error) {
    if (access(path, F_OK) != 0) return true;
    return error_set(error, "%s: is there already; accepted: a folder without it", path);
}

static bool put(gzFile file, const uint8_t *bytes, size_t count) {
    for (size_t done = 0; done < count;) {
        size_t chunk = count - done < CHUNK ? count - done : CHUNK;
        if (gzwrite(file, bytes + done, (unsigned)chunk) != (int)chunk) return false;
        done += chunk;
    }
    return true;
}

static bool put_numbers(gzFile file, const uint32_t *numbers, int count) {
    uint8_t bytes[16];
    assert(count <= 4);
    for (int i = 0; i < 4 * count; i++) bytes[i] = (uint8_t)(numbers[i / 4] >> (24 - i % 4 * 8));
    return put(file, bytes, 4 * (size_t)count);
}

// At another name beside its place, and renamed: there as a whole or not at all (core/aside.h is for text).
static bool write_file(const char *path, const uint32_t *header, int numbers, const uint8_t *bytes, size_t size, bool gzip,
                       Error *error) {
    char *aside = memory_format("%s.%ld.tmp", path, (long)getpid());
    gzFile file = gzopen(aside, gzip ? "wb" : "wbT");    // T: as it is
    bool good = file && put_numbers(file, header, numbers) && put(file, bytes, size);
    if (file && gzclose(file) != Z_OK) good = false;
    good = good && rename(aside, path) == 0;
    if (!good) {
        error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        unlink(aside);
    }
    free(aside);
    return good;
}

bool idx_write(const char *images, const char *labels, const IdxSet *set, bool gzip, Error *error) {
    assert(set->count > 0 && set->count <= IDX_COUNT_MAX && set->rows > 0 && set->columns > 0);
    const uint32_t count = (uint32_t)set->count, head[] = {IMAGES_MAGIC, count, (uint32_t)set->rows, (uint32_t)set->columns};
    const size_t size = (size_t)set->count * (size_t)set->rows * (size_t)set->columns;
    return check_absent(images, error) && check_absent(labels, error) &&
           write_file(images, head, 4, set->pixels, size, gzip, error) &&
           write_file(labels, (uint32_t[]){LABELS_MAGIC, count}, 2, set->labels, count, gzip, error);
}

// ---- the files of a folder --------------------------------------------------------------------------------------------------

static const char *const names[TASK_SPLIT_COUNT][2] = {
    [TASK_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    [TASK_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
};

static char *path_of(const char *folder, const char *name, bool gzip) {
    return memory_format("%s/%s%s", folder, name, gzip ? ".gz" : "");
}

// The path of the file that is there, to be freed; NULL where neither is.
static char *find(const char *folder, const char *name) {
    for (int gzip = 0; gzip < 2; gzip++) {
        char *path = path_of(folder, name, gzip);
        if (access(path, F_OK) == 0) return path;
        free(path);
    }
    return NULL;
}

bool idx_read_split(const char *folder, TaskSplit split, int rows, int columns, IdxSet *set, Error *error) {
    char *images = find(folder, names[split][0]), *labels = find(folder, names[split][1]);
    bool good = false;
    *set = (IdxSet){0};
    if (images && labels) {
        good = idx_read(images, labels, rows, columns, set, error);
    } else {
        const char *missing = names[split][images ? 1 : 0];
        error_set(error, "%s: found neither %s nor %s.gz", folder, missing, missing);
    }
    free(images);
    free(labels);
    return good;
}

bool idx_check_absent(const char *folder, TaskSplit split, Error *error) {
    bool good = true;
    for (int i = 0; i < 4 && good; i++) {
        char *path = path_of(folder, names[split][i / 2], i % 2);
        good = check_absent(path, error);
        free(path);
    }
    return good;
}

bool idx_write_split(const char *folder, TaskSplit split, const IdxSet *set, bool gzip, Error *error) {
    if (!idx_check_absent(folder, split, error)) return false;
    char *images = path_of(folder, names[split][0], gzip), *labels = path_of(folder, names[split][1], gzip);
    bool good = idx_write(images, labels, set, gzip, error);
    free(images);
    free(labels);
    return good;
}
