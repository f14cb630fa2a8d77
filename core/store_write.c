#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store_internal.h"

struct StoreWriter {
    char *path, *key, *config, *status;
    StoreParts parts;
    StoreRecords *records;    // since the last segment
    Recorder recorder;
    bool published;
};

static void record_scalar_in_store(void *context, const char *name, int64_t step, double value) {
    StoreWriter *writer = context;
    assert(!writer->published);
    store_records_scalar(writer->records, name, step, value);
}

static void record_array_in_store(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                                  const void *data) {
    StoreWriter *writer = context;
    assert(!writer->published);
    store_records_array(writer->records, name, step, type, rank, shape, data);
}

// ---- opening and closing -------------------------------------------------------------------------------------------------

static bool exists(const char *path) {
    struct stat there;
    return lstat(path, &there) == 0;
}

// Whatever lies at the path stays there. Segments beside the finished file of the same run are left over from a kill between
// its publication and their deletion.
static bool refuse_existing(StoreWriter *writer, Error *error) {
    StoreReader *reader = store_open(writer->path, error);
    if (!reader) return error_context(error, "remove the file to run again: ");
    bool same = strcmp(store_key(reader), writer->key) == 0;
    store_close(reader);
    if (!same) {
        return error_set(error, "%s: holds a finished run with another key: remove it to run again", writer->path);
    }
    store_parts_remove(&writer->parts);
    return error_set(error, "%s: this run is finished already: remove it to run again", writer->path);
}

static bool writer_start(StoreWriter *writer, Error *error) {
    if (!store_parts_lock(&writer->parts, writer->path, error)) return false;
    if (exists(writer->path)) return refuse_existing(writer, error);
    return store_parts_validate(&writer->parts, error);
}

StoreWriter *store_writer_open(const char *path, const char *key, const char *config, Error *error) {
    StoreWriter *writer = memory_zeroed(1, sizeof *writer);
    writer->path = memory_format("%s", path);
    writer->key = memory_format("%s", key);
    writer->config = memory_format("%s", config);
    writer->status = memory_format("complete");
    writer->recorder = (Recorder){writer, record_scalar_in_store, record_array_in_store};
    writer->parts = (StoreParts){.key = writer->key, .config = writer->config, .lock = -1};
    writer->records = store_records_create();
    if (writer_start(writer, error)) return writer;
    store_writer_close(writer);
    return NULL;
}

void store_writer_close(StoreWriter *writer) {
    if (!writer) return;
    store_parts_close(&writer->parts);
    store_records_destroy(writer->records);
    free(writer->path);
    free(writer->key);
    free(writer->config);
    free(writer->status);
    free(writer);
}

const Recorder *store_recorder(StoreWriter *writer) {
    return &writer->recorder;
}

int store_segment_count(const StoreWriter *writer) {
    return writer->parts.count;
}

const char *store_notice(const StoreWriter *writer) {
    return writer->parts.notice;
}

void store_set_status(StoreWriter *writer, const char *status) {
    free(writer->status);
    writer->status = memory_format("%s", status);
}

// ---- state ---------------------------------------------------------------------------------------------------------------

typedef struct StateFile {
    hid_t file;
    size_t arrays;
} StateFile;

static bool state_write(void *context, const char *path, DType type, int rank, const size_t *shape, const void *data,
                        Error *error) {
    const StateFile *state = context;
    char *full = memory_format("state/%s", path);
    bool done = store_write_array(state->file, full, type, rank, shape, data, error);
    free(full);
    return done;
}

static bool state_read(void *context, const char *path, DType type, int rank, const size_t *shape, void *data, Error *error) {
    const StateFile *state = context;
    char *full = memory_format("state/%s", path);
    bool done = store_read_array_into(state->file, full, type, rank, shape, data, error);
    free(full);
    return done;
}

static size_t state_count(void *context) {
    return ((const StateFile *)context)->arrays;
}

static bool archive_state(hid_t file, size_t arrays, ArchiveMode mode, StoreArchiveFunction function, void *context,
                          Error *error) {
    static const ArchiveBackend backend = {state_write, state_read, state_count};
    StateFile state = {file, arrays};
    Archive *archive = archive_create(mode, &backend, &state);
    function(context, archive);
    return archive_destroy(archive, error);
}

static size_t count_state(hid_t file) {
    StorePaths paths;
    size_t count = 0;
    if (!store_list(file, &paths, NULL)) return 0;
    for (size_t i = 0; i < paths.count; i++) count += strncmp(paths.items[i], "state/", 6) == 0;
    store_paths_free(&paths);
    return count;
}

bool store_resume(StoreWriter *writer, StoreArchiveFunction archive, void *context, Error *error) {
    assert(writer->parts.count > 0 && !writer->published);
    char *path = store_parts_path(&writer->parts, "state", writer->parts.count);
    hid_t file = store_file_open(path, error);
    bool done = file >= 0;
    if (done && !archive_state(file, count_state(file), ARCHIVE_LOAD, archive, context, error)) {
        done = error_context(error, "%s: ", path);
    }
    if (file >= 0) H5Fclose(file);
    if (done) store_records_clear(writer->records);    // what came after the segment will be made again
    free(path);
    return done;
}

// ---- checkpoint ----------------------------------------------------------------------------------------------------------

// Both kinds of part are filled, sealed and published.
static bool write_state(StoreWriter *writer, int number, StoreArchiveFunction archive, void *context, char digest[DIGEST_SIZE],
                        Error *error) {
    char *path = store_parts_path(&writer->parts, "state", number);
    char *temporary = store_parts_temporary(&writer->parts, "state", number);
    hid_t file = store_file_create(temporary, error);
    bool done = file >= 0;
    if (done) {
        done = store_group_create(file, "state", error) && archive_state(file, 0, ARCHIVE_SAVE, archive, context, error) &&
               store_parts_seal_state(file, &writer->parts, number, digest, error);
        if (done) done = store_file_publish(file, temporary, path, error);
        else H5Fclose(file);
    }
    if (!done) error_context(error, "%s: ", path);
    free(temporary);
    free(path);
    return done;
}

static bool write_segment(StoreWriter *writer, int number, const char *state, char digest[DIGEST_SIZE], Error *error) {
    char *path = store_parts_path(&writer->parts, "segment", number);
    char *temporary = store_parts_temporary(&writer->parts, "segment", number);
    hid_t file = store_file_create(temporary, error);
    bool done = file >= 0;
    if (done) {
        done = store_records_write(writer->records, file, error) &&
               store_parts_seal_segment(file, &writer->parts, number, state, digest, error);
        if (done) done = store_file_publish(file, temporary, path, error);
        else H5Fclose(file);
    }
    if (!done) error_context(error, "%s: ", path);
    free(temporary);
    free(path);
    return done;
}

bool store_checkpoint(StoreWriter *writer, StoreArchiveFunction archive, void *context, Error *error) {
    assert(!writer->published);
    int number = writer->parts.count + 1;
    char state[DIGEST_SIZE], segment[DIGEST_SIZE];
    if (!write_state(writer, number, archive, context, state, error)) return false;
    if (!write_segment(writer, number, state, segment, error)) return false;
    writer->parts.count = number;
    memcpy(writer->parts.last, segment, DIGEST_SIZE);
    store_records_clear(writer->records);
    store_parts_drop_state(&writer->parts, number - 2);
    return true;
}

// ---- publication ---------------------------------------------------------------------------------------------------------

static bool collect_segment(const StoreWriter *writer, int number, StoreRecords *metrics, hid_t to, Error *error) {
    char *path = store_parts_path(&writer->parts, "segment", number);
    hid_t from = store_file_open(path, error);
    bool done = from >= 0 && store_records_collect(from, metrics, to, error);
    if (from >= 0) {
        if (!done) error_context(error, "%s: ", path);
        H5Fclose(from);
    }
    free(path);
    return done;
}

// The file is in memory until it is published, and so are the joined metrics: this is what a run needs most memory for.
static bool assemble(const StoreWriter *writer, hid_t file, Error *error) {
    StoreRecords *metrics = store_records_create();
    bool done = store_group_create(file, "arrays", error);
    for (int number = 1; done && number <= writer->parts.count; number++) {
        done = collect_segment(writer, number, metrics, file, error);
    }
    store_records_append(metrics, writer->records);
    done = done && store_records_write_metrics(metrics, file, error) &&
           store_records_write_arrays(writer->records, file, error) && store_write_text(file, "config", writer->config, error);
    store_records_destroy(metrics);
    return done;
}

static bool write_provenance(hid_t file, const StoreAttribute *provenance, size_t count, Error *error) {
    bool done = store_group_create(file, "provenance", error);
    for (size_t i = 0; done && i < count; i++) {
        done = store_write_attribute(file, "provenance", provenance[i].name, provenance[i].value, error);
    }
    return done;
}

static bool write_run(const StoreWriter *writer, hid_t file, const StoreAttribute *provenance, size_t count,
                      char digest[DIGEST_SIZE], Error *error) {
    return assemble(writer, file, error) && write_provenance(file, provenance, count, error) &&
           store_contents_digest(file, digest, error) && store_write_schema(file, error) &&
           store_write_attribute(file, "/", "key", writer->key, error) &&
           store_write_attribute(file, "/", "digest", digest, error) &&
           store_write_attribute(file, "/", "status", writer->status, error);
}

bool store_publish(StoreWriter *writer, const StoreAttribute *provenance, size_t count, char digest[DIGEST_SIZE],
                   Error *error) {
    assert(!writer->published);
    char *temporary = store_parts_temporary(&writer->parts, "run", 0);
    hid_t file = store_file_create(temporary, error);
    bool done = file >= 0;
    if (done) {
        done = write_run(writer, file, provenance, count, digest, error);
        if (done) done = store_file_publish(file, temporary, writer->path, error);
        else H5Fclose(file);
    }
    if (done) {
        writer->published = true;
        store_parts_remove(&writer->parts);
    } else {
        error_context(error, "%s: ", writer->path);
    }
    free(temporary);
    return done;
}

// ---- around a run --------------------------------------------------------------------------------------------------------

bool store_is_complete(const char *path) {
    StoreReader *reader = store_open(path, NULL);
    if (!reader) return false;
    store_close(reader);
    return true;
}

static bool remove_parts(const char *path, Error *error) {
    char *folder = memory_format("%s.parts", path);
    bool there = exists(folder);
    free(folder);
    if (!there) return true;
    StoreParts parts = {.lock = -1};
    if (!store_parts_lock(&parts, path, error)) return false;
    store_parts_remove(&parts);
    return true;
}

bool store_clean(const char *path, Error *error) {
    return !store_is_complete(path) || remove_parts(path, error);
}

bool store_remove(const char *path, Error *error) {
    if (!remove_parts(path, error)) return false;
    if (!exists(path) || unlink(path) == 0) return true;
    return error_set(error, "%s: cannot be removed: %s", path, strerror(errno));
}
