#include "core/archive.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

enum { PATH_LIMIT = 256, MEMORY_RANK_LIMIT = 8 };

struct Archive {
    ArchiveMode mode;
    const ArchiveBackend *backend;
    void *context;
    char path[PATH_LIMIT];    // the groups entered so far, "agent/replay/", or ""
    size_t arrays;            // read or written
    bool failed;
    Error error;
};

Archive *archive_create(ArchiveMode mode, const ArchiveBackend *backend, void *context) {
    Archive *archive = memory_zeroed(1, sizeof *archive);
    archive->mode = mode;
    archive->backend = backend;
    archive->context = context;
    return archive;
}

// A load that leaves arrays behind was made for another state: saving and loading no longer take the same path.
static void check_all_read(Archive *archive) {
    if (archive->mode != ARCHIVE_LOAD || archive->failed || !archive->backend->count) return;
    size_t saved = archive->backend->count(archive->context);
    if (saved == archive->arrays) return;
    archive_reject(archive, "the saved state has %zu arrays, this program reads %zu of them", saved, archive->arrays);
}

bool archive_destroy(Archive *archive, Error *error) {
    assert(archive->failed || archive->path[0] == '\0');    // every enter has its leave
    check_all_read(archive);
    bool ok = !archive->failed;
    if (!ok) error_set(error, "%s", archive->error.message);
    free(archive);
    return ok;
}

bool archive_loading(const Archive *archive) {
    return archive->mode == ARCHIVE_LOAD;
}

static bool is_component(const char *name) {
    return name[0] != '\0' && name[0] != '.' && !strchr(name, '/');
}

// An array's name may itself be a path below the group: weights have names such as "layer0/recurrent".
static bool is_relative_path(const char *name) {
    return name[0] != '\0' && name[0] != '.' && name[0] != '/' && !strstr(name, "//") && name[strlen(name) - 1] != '/';
}

void archive_enter(Archive *archive, const char *group) {
    assert(is_component(group));
    size_t length = strlen(archive->path);
    assert(length + strlen(group) + 2 <= PATH_LIMIT);
    snprintf(archive->path + length, PATH_LIMIT - length, "%s/", group);
}

void archive_leave(Archive *archive) {
    size_t length = strlen(archive->path);
    assert(length > 0);
    do {
        length--;
    } while (length > 0 && archive->path[length - 1] != '/');
    archive->path[length] = '\0';
}

void archive_array(Archive *archive, const char *name, DType type, int rank, const size_t *shape, void *data) {
    assert(is_relative_path(name) && rank >= 0 && type < DTYPE_COUNT);
    if (archive->failed) return;
    char path[2 * PATH_LIMIT];
    int length = snprintf(path, sizeof path, "%s%s", archive->path, name);
    assert(length > 0 && (size_t)length < sizeof path);
    (void)length;
    bool done = archive->mode == ARCHIVE_SAVE
                    ? archive->backend->write(archive->context, path, type, rank, shape, data, &archive->error)
                    : archive->backend->read(archive->context, path, type, rank, shape, data, &archive->error);
    archive->failed = !done;
    archive->arrays++;
}

void archive_i64(Archive *archive, const char *name, int64_t *value) {
    archive_array(archive, name, DTYPE_I64, 0, NULL, value);
}

void archive_f64(Archive *archive, const char *name, double *value) {
    archive_array(archive, name, DTYPE_F64, 0, NULL, value);
}

void archive_rng(Archive *archive, const char *name, Rng *rng) {
    int64_t words[4] = {(int64_t)rng->seed, (int64_t)rng->role, (int64_t)rng->index, (int64_t)rng->drawn};
    archive_array(archive, name, DTYPE_I64, 1, (size_t[]){4}, words);
    if (archive->failed || archive->mode == ARCHIVE_SAVE) return;
    if ((uint64_t)words[0] != rng->seed || words[1] != (int64_t)rng->role || words[2] != (int64_t)rng->index) {
        archive_reject(archive, "%s%s is stream (seed %llu, role %lld, index %lld), expected (seed %llu, role %u, index %lld)",
                       archive->path, name, (unsigned long long)words[0], (long long)words[1], (long long)words[2],
                       (unsigned long long)rng->seed, rng->role, (long long)rng->index);
        return;
    }
    rng_seek(rng, (uint64_t)words[3]);
}

void archive_reject(Archive *archive, const char *format, ...) {
    if (archive->failed) return;
    archive->failed = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(archive->error.message, sizeof archive->error.message, format, arguments);
    va_end(arguments);
}

void archive_shape_text(DType type, int rank, const size_t *shape, char *text, size_t size) {
    int used = snprintf(text, size, "%s [", dtype_name(type));
    for (int i = 0; i < rank && used > 0 && (size_t)used < size; i++) {
        used += snprintf(text + used, size - (size_t)used, i ? ", %zu" : "%zu", shape[i]);
    }
    if (used > 0 && (size_t)used < size) snprintf(text + used, size - (size_t)used, "]");
}

bool archive_same_shape(const char *path, DType type, int rank, const size_t *shape, DType saved_type, int saved_rank,
                        const size_t *saved_shape, Error *error) {
    bool same = type == saved_type && rank == saved_rank;
    for (int i = 0; same && i < rank; i++) same = shape[i] == saved_shape[i];
    if (same) return true;
    char asked[128], saved[128];
    archive_shape_text(type, rank, shape, asked, sizeof asked);
    archive_shape_text(saved_type, saved_rank, saved_shape, saved, sizeof saved);
    return error_set(error, "%s was saved as %s, this program expects %s", path, saved, asked);
}

// ---- memory --------------------------------------------------------------------------------------------------------------

typedef struct Entry {
    char *path;
    DType type;
    int rank;
    size_t shape[MEMORY_RANK_LIMIT];
    void *data;
} Entry;

struct MemoryArchive {
    Entry *entries;
    size_t count, capacity;
};

static void memory_clear(MemoryArchive *memory) {
    for (size_t i = 0; i < memory->count; i++) {
        free(memory->entries[i].path);
        free(memory->entries[i].data);
    }
    memory->count = 0;
}

MemoryArchive *memory_archive_create(void) {
    return memory_zeroed(1, sizeof(MemoryArchive));
}

void memory_archive_destroy(MemoryArchive *memory) {
    if (!memory) return;
    memory_clear(memory);
    free(memory->entries);
    free(memory);
}

static Entry *memory_find(const MemoryArchive *memory, const char *path) {
    for (size_t i = 0; i < memory->count; i++) {
        if (strcmp(memory->entries[i].path, path) == 0) return &memory->entries[i];
    }
    return NULL;
}

static size_t element_bytes(DType type, int rank, const size_t *shape) {
    size_t bytes = dtype_size(type);
    for (int i = 0; i < rank; i++) bytes *= shape[i];
    return bytes;
}

static Entry *memory_append(MemoryArchive *memory) {
    if (memory->count == memory->capacity) {
        size_t capacity = memory->capacity ? 2 * memory->capacity : 16;
        Entry *grown = memory_zeroed(capacity, sizeof *grown);
        if (memory->count) memcpy(grown, memory->entries, memory->count * sizeof *grown);
        free(memory->entries);
        memory->entries = grown;
        memory->capacity = capacity;
    }
    return &memory->entries[memory->count++];
}

static bool memory_write(void *context, const char *path, DType type, int rank, const size_t *shape, const void *data,
                         Error *error) {
    MemoryArchive *memory = context;
    assert(rank <= MEMORY_RANK_LIMIT);
    if (memory_find(memory, path)) return error_set(error, "%s is saved twice", path);
    size_t bytes = element_bytes(type, rank, shape);
    Entry *entry = memory_append(memory);
    *entry = (Entry){.path = memory_format("%s", path), .type = type, .rank = rank, .data = memory_alloc(bytes)};
    for (int i = 0; i < rank; i++) entry->shape[i] = shape[i];
    if (bytes) memcpy(entry->data, data, bytes);
    return true;
}

static bool memory_missing(const MemoryArchive *memory, const char *path, Error *error) {
    const char **names = memory_zeroed(memory->count, sizeof *names);
    for (size_t i = 0; i < memory->count; i++) names[i] = memory->entries[i].path;
    const char *nearest = error_nearest(path, names, memory->count);
    free(names);
    if (nearest) return error_set(error, "the saved state has no %s; the nearest name is %s", path, nearest);
    return error_set(error, "the saved state has no %s", path);
}

static bool memory_read(void *context, const char *path, DType type, int rank, const size_t *shape, void *data, Error *error) {
    const MemoryArchive *memory = context;
    const Entry *entry = memory_find(memory, path);
    if (!entry) return memory_missing(memory, path, error);
    if (!archive_same_shape(path, type, rank, shape, entry->type, entry->rank, entry->shape, error)) return false;
    size_t bytes = element_bytes(type, rank, shape);
    if (bytes) memcpy(data, entry->data, bytes);
    return true;
}

static size_t memory_count(void *context) {
    return ((const MemoryArchive *)context)->count;
}

Archive *memory_archive_open(MemoryArchive *memory, ArchiveMode mode) {
    static const ArchiveBackend backend = {memory_write, memory_read, memory_count};
    if (mode == ARCHIVE_SAVE) memory_clear(memory);
    return archive_create(mode, &backend, memory);
}
