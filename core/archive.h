// Named arrays in and out. A component archives its state with one function that serves both directions:
//
//     void agent_archive(Agent *agent, Archive *archive) {
//         archive_enter(archive, "agent");
//         archive_array(archive, "episode", DTYPE_I64, 1, (size_t[]){1}, &agent->episode);
//         ...
//         archive_leave(archive);
//     }
//
// Saving writes the arrays; loading reads them back into the same memory and checks type and shape. So the two cannot drift
// apart. Errors stick: the first one is kept, later calls do nothing, and archive_destroy tells at the end.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/matrix.h"
#include "core/rng.h"

typedef struct Archive Archive;

// What stands behind an archive: HDF5 (core/store.h) or memory (tests). `path` is the full name, "agent/replay/reward".
typedef struct ArchiveBackend {
    bool (*write)(void *context, const char *path, DType type, int rank, const size_t *shape, const void *data, Error *error);
    bool (*read)(void *context, const char *path, DType type, int rank, const size_t *shape, void *data, Error *error);
    size_t (*count)(void *context);    // arrays saved: a load must read them all. NULL: not checked
} ArchiveBackend;

typedef enum ArchiveMode { ARCHIVE_SAVE, ARCHIVE_LOAD } ArchiveMode;

Archive *archive_create(ArchiveMode mode, const ArchiveBackend *backend, void *context);
bool archive_destroy(Archive *archive, Error *error);    // false with the first error, if there was one (or arrays left unread)

bool archive_loading(const Archive *archive);
void archive_enter(Archive *archive, const char *group);
void archive_leave(Archive *archive);
void archive_array(Archive *archive, const char *name, DType type, int rank, const size_t *shape, void *data);
void archive_i64(Archive *archive, const char *name, int64_t *value);
void archive_f64(Archive *archive, const char *name, double *value);
void archive_rng(Archive *archive, const char *name, Rng *rng);    // its position; seed, role and index are checked
// The component found its loaded state impossible ("replay/head 9000 lies outside 0..8191").
void archive_reject(Archive *archive, const char *format, ...) __attribute__((format(printf, 2, 3)));

// For backends: "f32 [8192, 3]", and the comparison of what was saved with what is asked for; false with both in words.
void archive_shape_text(DType type, int rank, const size_t *shape, char *text, size_t size);
bool archive_same_shape(const char *path, DType type, int rank, const size_t *shape, DType saved_type, int saved_rank,
                        const size_t *saved_shape, Error *error);

// An archive in memory, for tests. Opening it to save empties it first.
typedef struct MemoryArchive MemoryArchive;
MemoryArchive *memory_archive_create(void);
void memory_archive_destroy(MemoryArchive *memory);
Archive *memory_archive_open(MemoryArchive *memory, ArchiveMode mode);
