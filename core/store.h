// HDF5 run files. Two kinds of file, both written aside, flushed to disk and renamed, so that a reader never sees half of one:
//
// * a *segment* is a checkpoint: the records since the previous segment, and everything needed to go on from here;
// * a *run file* is assembled from the segments when the run has ended, is sealed with a digest, and is never modified.
//
// Layout of a run file (schema 1):
//     /config               UTF-8 text of the resolved configuration ("name = value" lines, sorted)
//     /provenance           attributes: code revision, compiler, libraries, CPU, arithmetic, times (not digested)
//     /metrics/<name>       table of {step: i64, value: f64}, one row per record, in order
//     /arrays/<step>/<name> arrays at checkpoints (step as 8 digits with leading zeros)
//     attributes of /       schema, key, digest, status
// The digest is SHA-256 over /config, /metrics and /arrays in path order: path, type, shape, little-endian bytes
// (results/README.md has the encoding). It does not depend on where the segments ended.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/archive.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/recorder.h"

enum { STORE_SCHEMA = 1 };

// ---- writing a run -------------------------------------------------------------------------------------------------------

typedef struct StoreWriter StoreWriter;

// Opens or creates `<path>.parts/`, the folder of segments beside the run file `path` ("results/runs/x.h5"). `config` is the
// text that the run was resolved to: segments of another configuration are refused. One writer at a time: the folder is locked
// (flock on `<path>.parts/lock`), and a second one gets an error that says so. Missing folders above are made.
// Whatever lies at `path` already is refused and stays (store_remove takes it away). A damaged newest segment is dropped:
// the writer goes back to the newest valid one and store_notice says so. Files left over from a kill are removed.
StoreWriter *store_writer_open(const char *path, const char *key, const char *config, Error *error);
void store_writer_close(StoreWriter *writer);    // leaves the sealed segments: the run can be resumed

// Buffered in memory until the next segment: what it holds between two checkpoints bounds the memory, so checkpoint after
// recording large arrays. Names are relative paths; one array per (step, name), of rank 4 at most, at a step >= 0.
const Recorder *store_recorder(StoreWriter *writer);

const char *store_notice(const StoreWriter *writer);    // what was found damaged and dropped at the opening; NULL if nothing

// Number of sealed segments found, and loading of the newest one's state through `archive(context, archive)`. At least one
// segment is needed. What was recorded since is dropped: the deterministic run makes it again.
int store_segment_count(const StoreWriter *writer);
typedef void (*StoreArchiveFunction)(void *context, Archive *archive);
bool store_resume(StoreWriter *writer, StoreArchiveFunction archive, void *context, Error *error);

// Seals the records since the last segment and the state. Older state is dropped once the new segment is on disk.
// On failure (full disk, ...) the earlier segments are untouched, the records are kept, and it can be tried again.
bool store_checkpoint(StoreWriter *writer, StoreArchiveFunction archive, void *context, Error *error);

typedef struct StoreAttribute {
    const char *name, *value;
} StoreAttribute;

// What the run file will say in its attribute `status`; "complete" unless set ("failed: loss is NaN at episode 120").
void store_set_status(StoreWriter *writer, const char *status);

// Assembles the run file from all segments and the records since, seals it with its digest, publishes it, and removes the
// segments. Needs memory of about the size of the run file. No checkpoint is needed before: the results of an analysis are
// opened, recorded and published. Then only store_writer_close is left to do.
bool store_publish(StoreWriter *writer, const StoreAttribute *provenance, size_t count, char digest[DIGEST_SIZE], Error *error);

// A published run file lies at `path` (whatever its status) and can be opened.
bool store_is_complete(const char *path);
// Beside a complete run file: removes the segments that a kill between publication and clean-up has left. Else does nothing.
bool store_clean(const char *path, Error *error);
// Removes run file and segments, for a run that shall be done again. Refused while a writer has the run.
bool store_remove(const char *path, Error *error);

// ---- reading -------------------------------------------------------------------------------------------------------------

typedef struct StoreReader StoreReader;

StoreReader *store_open(const char *path, Error *error);    // checks schema and structure, not the digest
void store_close(StoreReader *reader);
const char *store_config(const StoreReader *reader);
const char *store_key(const StoreReader *reader);
const char *store_digest(const StoreReader *reader);    // as sealed
const char *store_status(const StoreReader *reader);    // "complete", or what store_set_status said
bool store_attribute(StoreReader *reader, const char *name, char *value, size_t size);    // of /provenance; false if absent
bool store_recompute_digest(StoreReader *reader, char digest[DIGEST_SIZE], Error *error);

// Names of all series in path order; they belong to the reader.
const char *const *store_series_names(const StoreReader *reader, size_t *count);
bool store_series_exists(const StoreReader *reader, const char *name);

// One series: arrays owned by the caller (free), `count` rows in order of recording.
bool store_series(StoreReader *reader, const char *name, size_t *count, int64_t **step, double **value, Error *error);

typedef struct StoreArray {
    DType type;
    int rank;
    size_t shape[4];
    void *data;    // owned by the caller: free
} StoreArray;

bool store_array(StoreReader *reader, int64_t step, const char *name, StoreArray *out, Error *error);
bool store_array_exists(StoreReader *reader, int64_t step, const char *name);
// Steps that have arrays, ascending; the list is the caller's to free.
bool store_array_steps(StoreReader *reader, size_t *count, int64_t **steps, Error *error);
