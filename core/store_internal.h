// What the files store_*.c share. Nothing outside of the store includes this.
//
//     store_hdf5.c     the few HDF5 operations we need, and the digest of a file's contents
//     store_records.c  records in memory, and their way into and out of a file
//     store_parts.c    the folder of sealed segments: lock, validation, clean-up
//     store_write.c    checkpoint, resume, publish
//     store_read.c     reading a finished run
//
// Paths inside a file have no leading slash: "metrics/evaluation/return". Only x86-64 is supported, so the little-endian
// types of the file are those of memory as well.
#pragma once

#include <hdf5.h>

#include "core/arena.h"
#include "core/store.h"

enum { STORE_RANK_LIMIT = 4, STORE_NAME_SIZE = 256 };

// ---- HDF5 ----------------------------------------------------------------------------------------------------------------

typedef struct StoreRow {
    int64_t step;
    double value;
} StoreRow;

typedef struct StorePaths {
    char **items;    // in path order: depth first, the names within a group by their bytes
    size_t count, capacity;
} StorePaths;

// Sets "<what>: <innermost message of HDF5>" and returns false. To be called right after the failure.
bool store_hdf5_error(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A file in memory; `path` only names it. Negative on failure; the caller puts the path before the message.
hid_t store_file_create(const char *path, Error *error);
hid_t store_file_open(const char *path, Error *error);    // from disk, for reading; the message has the path
// Writes a file made in memory to `temporary`, flushes it to disk, renames it to `path` and flushes the folder. Closes
// `file`. On failure the temporary file is removed and `path` is as it was.
bool store_file_publish(hid_t file, const char *temporary, const char *path, Error *error);

bool store_group_create(hid_t file, const char *path, Error *error);
bool store_write_attribute(hid_t file, const char *group, const char *name, const char *value, Error *error);
char *store_read_attribute(hid_t file, const char *group, const char *name, Error *error);    // owned; NULL on failure
bool store_write_schema(hid_t file, Error *error);
bool store_read_schema(hid_t file, int64_t *schema, Error *error);

bool store_write_array(hid_t file, const char *path, DType type, int rank, const size_t *shape, const void *data, Error *error);
bool store_read_array(hid_t file, const char *path, StoreArray *out, Error *error);
// Reads into the caller's memory after comparing type and shape.
bool store_read_array_into(hid_t file, const char *path, DType type, int rank, const size_t *shape, void *data, Error *error);
bool store_write_table(hid_t file, const char *path, const StoreRow *rows, size_t count, Error *error);
bool store_read_table(hid_t file, const char *path, StoreRow **rows, size_t *count, Error *error);    // rows owned
bool store_write_text(hid_t file, const char *path, const char *text, Error *error);
char *store_read_text(hid_t file, const char *path, Error *error);    // owned; NULL on failure

// All datasets of the file, in path order.
bool store_list(hid_t file, StorePaths *paths, Error *error);
void store_paths_free(StorePaths *paths);

// SHA-256 over all datasets in path order. Each enters as: its path from the root ("/metrics/loss") and a zero byte; its
// type (f32, f64, i32, i64, u8, table or text) and a zero byte; the rank and every extent as 64-bit little-endian
// integers; the little-endian bytes.
bool store_contents_digest(hid_t file, char digest[DIGEST_SIZE], Error *error);

// ---- records -------------------------------------------------------------------------------------------------------------

typedef struct StoreRecords StoreRecords;

StoreRecords *store_records_create(void);
void store_records_destroy(StoreRecords *records);
void store_records_clear(StoreRecords *records);    // keeps the memory: a checkpoint does not make the next ones allocate
void store_records_scalar(StoreRecords *records, const char *name, int64_t step, double value);
void store_records_array(StoreRecords *records, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                         const void *data);
bool store_records_write(const StoreRecords *records, hid_t file, Error *error);    // to /metrics and /arrays

// Appends the tables of `from` to `metrics` and copies its arrays to `to`.
bool store_records_collect(hid_t from, StoreRecords *metrics, hid_t to, Error *error);
void store_records_append(StoreRecords *records, const StoreRecords *later);    // the series only
bool store_records_write_metrics(const StoreRecords *records, hid_t file, Error *error);
bool store_records_write_arrays(const StoreRecords *records, hid_t file, Error *error);

// ---- parts ---------------------------------------------------------------------------------------------------------------
//
// The folder `<path>.parts/` holds
//     lock               locked by flock while a writer lives; it says the writer's process id
//     segment-000001.h5  records up to the first checkpoint: /config /key /chain /metrics /arrays
//     segment-000002.h5  records up to the second, ...
//     state-000002.h5    everything needed to go on from the newest segment: /key /chain /state; the one before is kept too
//     *.tmp-<pid>        being written; left over only after a kill, and removed at the next opening
// Every file carries the digest of its contents; /chain of a segment holds the digests of the segment before it and of the
// state that belongs to it. A checkpoint publishes state n, then segment n, then deletes state n - 2. So
// * killed before segment n is published: segment n - 1 and its state are there, and state n is an orphan that is replaced;
// * killed later: segment n and its state are there;
// * segment n or its state found damaged: segment n - 1 and its state are still there, and n is deleted.
// The run makes the records after the segment it resumes from again, so none is lost or doubled.

typedef struct StoreParts {
    char *folder;
    const char *key, *config;    // the writer's
    int lock;                    // file descriptor
    int count;                   // sealed segments with a valid state at the end
    char last[DIGEST_SIZE];      // digest of the newest segment, "" without one
    char *notice;                // what was damaged and dropped, or NULL
} StoreParts;

bool store_parts_lock(StoreParts *parts, const char *path, Error *error);              // makes the folder and locks it, no more
bool store_parts_validate(StoreParts *parts, Error *error);                            // then this; key and config are set
void store_parts_close(StoreParts *parts);                                             // removes a folder without segments
void store_parts_remove(StoreParts *parts);                                            // all of it; the lock is given back
char *store_parts_path(const StoreParts *parts, const char *kind, int number);         // owned
char *store_parts_temporary(const StoreParts *parts, const char *kind, int number);    // owned
void store_parts_drop_state(const StoreParts *parts, int number);
bool store_parts_seal_state(hid_t file, const StoreParts *parts, int number, char digest[DIGEST_SIZE], Error *error);
bool store_parts_seal_segment(hid_t file, const StoreParts *parts, int number, const char *state, char digest[DIGEST_SIZE],
                              Error *error);
