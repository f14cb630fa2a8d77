#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/store_internal.h"

enum { FILE_GROWTH = 256 << 10 };    // bytes by which a file in memory grows

// ---- errors --------------------------------------------------------------------------------------------------------------

// Walking upwards starts at the function that found the error. Failed system calls are described at length, with times and
// addresses; the system's own words suffice.
static herr_t take_innermost(unsigned depth, const H5E_error2_t *entry, void *context) {
    if (depth > 0) return 0;
    char *text = context;
    static const char marker[] = "error message = '";
    const char *start = strstr(entry->desc, marker);
    const char *end = start ? strchr(start + sizeof marker - 1, '\'') : NULL;
    if (end) {
        start += sizeof marker - 1;
        snprintf(text, STORE_NAME_SIZE, "%.*s", (int)(end - start), start);
    } else {
        snprintf(text, STORE_NAME_SIZE, "%s", entry->desc);
    }
    return 0;
}

bool store_hdf5_error(Error *error, const char *format, ...) {
    char inner[STORE_NAME_SIZE] = "no reason given by HDF5", what[2 * STORE_NAME_SIZE];
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, inner);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, "%s: %s", what, inner);
}

// ---- files ---------------------------------------------------------------------------------------------------------------

// The format of HDF5 1.8: any later library reads it, and all its metadata carry checksums, so that damage is noticed
// before it is believed. HDF5's own printing of errors is switched off.
static hid_t access_properties(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    return access;
}

// HDF5 does not survive a disk that fills up: it can neither finish nor forget the file, and crashes at the end of the
// program. So it builds files in memory, and we write them.
hid_t store_file_create(const char *path, Error *error) {
    hid_t access = access_properties();
    H5Pset_fapl_core(access, FILE_GROWTH, false);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file < 0) store_hdf5_error(error, "the file cannot be created");
    H5Pclose(access);
    return file;
}

hid_t store_file_open(const char *path, Error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    close(descriptor);
    hid_t access = access_properties();
    hid_t file = -1;
    if (H5Fis_hdf5(path) <= 0) {
        error_set(error, "%s: is not an HDF5 file", path);
    } else {
        file = H5Fopen(path, H5F_ACC_RDONLY, access);
        if (file < 0) store_hdf5_error(error, "%s: is not a readable HDF5 file", path);
    }
    H5Pclose(access);
    return file;
}

static bool sync_folder_of(const char *path, Error *error) {
    char *copy = memory_format("%s", path);
    const char *folder = dirname(copy);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = descriptor >= 0 && fsync(descriptor) == 0;
    if (!done) error_set(error, "%s cannot be flushed to disk: %s", folder, strerror(errno));
    if (descriptor >= 0) close(descriptor);
    free(copy);
    return done;
}

// The memory that holds the file, and its length; valid until the file is closed.
static bool file_image(hid_t file, const void **image, size_t *length, Error *error) {
    void **memory = NULL;
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) return store_hdf5_error(error, "the file cannot be completed");
    ssize_t size = H5Fget_file_image(file, NULL, 0);
    if (size < 0 || H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&memory) < 0) {
        return store_hdf5_error(error, "the file cannot be completed");
    }
    *image = *memory;
    *length = (size_t)size;
    return true;
}

static bool write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

// Close is checked as well: some file systems report a full disk only there.
static bool write_aside(const char *temporary, const void *image, size_t length, Error *error) {
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return error_set(error, "the file cannot be created: %s", strerror(errno));
    bool done = write_all(descriptor, image, length) && fsync(descriptor) == 0;
    int reason = errno;
    if (close(descriptor) != 0 && done) {
        done = false;
        reason = errno;
    }
    return done || error_set(error, "the file cannot be written: %s", strerror(reason));
}

bool store_file_publish(hid_t file, const char *temporary, const char *path, Error *error) {
    const void *image = NULL;
    size_t length = 0;
    bool done = file_image(file, &image, &length, error) && write_aside(temporary, image, length, error);
    H5Fclose(file);
    if (done && rename(temporary, path) != 0) {
        done = error_set(error, "the file cannot be renamed: %s", strerror(errno));
    }
    if (!done) {
        unlink(temporary);
        return false;
    }
    return sync_folder_of(path, error);
}

bool store_group_create(hid_t file, const char *path, Error *error) {
    hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) return store_hdf5_error(error, "/%s cannot be created", path);
    H5Gclose(group);
    return true;
}

// ---- types ---------------------------------------------------------------------------------------------------------------

static hid_t element_type(DType type) {
    switch (type) {
    case DTYPE_F32: return H5T_IEEE_F32LE;
    case DTYPE_F64: return H5T_IEEE_F64LE;
    case DTYPE_I32: return H5T_STD_I32LE;
    case DTYPE_I64: return H5T_STD_I64LE;
    case DTYPE_U8: return H5T_STD_U8LE;
    case DTYPE_COUNT: break;
    }
    assert(false);
    return -1;
}

static hid_t row_type(void) {
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(StoreRow));
    H5Tinsert(type, "step", HOFFSET(StoreRow, step), H5T_STD_I64LE);
    H5Tinsert(type, "value", HOFFSET(StoreRow, value), H5T_IEEE_F64LE);
    return type;
}

// Text has the length of its type; HDF5 has no strings of length 0, so an empty text is one zero byte.
static hid_t text_type(const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, *text ? strlen(text) : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

// ---- attributes ----------------------------------------------------------------------------------------------------------

static bool write_attribute(hid_t file, const char *group, const char *name, hid_t type, const void *value, Error *error) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate_by_name(file, group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool done = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (!done) store_hdf5_error(error, "attribute %s of %s cannot be written", name, group);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return done;
}

bool store_write_attribute(hid_t file, const char *group, const char *name, const char *value, Error *error) {
    hid_t type = text_type(value);
    bool done = write_attribute(file, group, name, type, value, error);
    H5Tclose(type);
    return done;
}

char *store_read_attribute(hid_t file, const char *group, const char *name, Error *error) {
    hid_t attribute = H5Aopen_by_name(file, group, name, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0) {
        error_set(error, "there is no attribute %s of %s", name, group);
        return NULL;
    }
    hid_t type = H5Aget_type(attribute);
    char *value = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) {
        value = memory_zeroed(H5Tget_size(type) + 1, 1);
        if (H5Aread(attribute, type, value) < 0) {
            store_hdf5_error(error, "attribute %s of %s cannot be read", name, group);
            free(value);
            value = NULL;
        }
    } else {
        error_set(error, "attribute %s of %s is not a text of fixed length", name, group);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return value;
}

bool store_write_schema(hid_t file, Error *error) {
    return write_attribute(file, "/", "schema", H5T_STD_I64LE, &(int64_t){STORE_SCHEMA}, error);
}

bool store_read_schema(hid_t file, int64_t *schema, Error *error) {
    hid_t attribute = H5Aopen(file, "schema", H5P_DEFAULT);
    bool done = attribute >= 0 && H5Aread(attribute, H5T_STD_I64LE, schema) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    return done || error_set(error, "no attribute schema: this is not a file of engram's");
}

// ---- datasets ------------------------------------------------------------------------------------------------------------

// Contiguous and without filter: lossless compression gains some 12 % on hidden states and costs 25 times the write.
static bool write_dataset(hid_t file, const char *path, hid_t type, hid_t space, const void *data, Error *error) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(creation, false);
    bool empty = H5Sget_simple_extent_npoints(space) == 0;
    hid_t dataset = H5Dcreate2(file, path, type, space, links, creation, H5P_DEFAULT);
    bool done = dataset >= 0 && (empty || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    if (!done) store_hdf5_error(error, "/%s cannot be written", path);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && done) done = store_hdf5_error(error, "/%s cannot be closed", path);
    H5Pclose(creation);
    H5Pclose(links);
    return done;
}

static hid_t simple_space(int rank, const size_t *shape) {
    assert(rank >= 0 && rank <= STORE_RANK_LIMIT);
    if (rank == 0) return H5Screate(H5S_SCALAR);
    hsize_t extents[STORE_RANK_LIMIT];
    for (int i = 0; i < rank; i++) extents[i] = shape[i];
    return H5Screate_simple(rank, extents, NULL);
}

bool store_write_array(hid_t file, const char *path, DType type, int rank, const size_t *shape, const void *data,
                       Error *error) {
    hid_t space = simple_space(rank, shape);
    bool done = write_dataset(file, path, element_type(type), space, data, error);
    H5Sclose(space);
    return done;
}

bool store_write_table(hid_t file, const char *path, const StoreRow *rows, size_t count, Error *error) {
    hid_t type = row_type(), space = simple_space(1, &count);
    bool done = write_dataset(file, path, type, space, rows, error);
    H5Sclose(space);
    H5Tclose(type);
    return done;
}

bool store_write_text(hid_t file, const char *path, const char *text, Error *error) {
    hid_t type = text_type(text), space = simple_space(0, NULL);
    bool done = write_dataset(file, path, type, space, text, error);
    H5Sclose(space);
    H5Tclose(type);
    return done;
}

// An open dataset with what it is.
typedef enum ItemKind { ITEM_ARRAY, ITEM_TABLE, ITEM_TEXT } ItemKind;

typedef struct Item {
    hid_t dataset, type;
    ItemKind kind;
    DType element;    // of an array
    int rank;
    size_t shape[STORE_RANK_LIMIT];
    size_t bytes;
} Item;

static bool is_row_type(hid_t type) {
    hid_t row = row_type();
    bool same = H5Tequal(type, row) > 0;
    H5Tclose(row);
    return same;
}

static bool classify(Item *item) {
    if (H5Tget_class(item->type) == H5T_STRING && item->rank == 0 && H5Tis_variable_str(item->type) == 0) {
        item->kind = ITEM_TEXT;
        return true;
    }
    if (is_row_type(item->type)) {
        item->kind = ITEM_TABLE;
        return item->rank == 1;
    }
    item->kind = ITEM_ARRAY;
    for (int i = 0; i < DTYPE_COUNT; i++) {
        item->element = (DType)i;
        if (H5Tequal(item->type, element_type(item->element)) > 0) return true;
    }
    return false;
}

static bool measure(Item *item) {
    hid_t space = H5Dget_space(item->dataset);
    hsize_t extents[H5S_MAX_RANK] = {0};
    item->rank = H5Sget_simple_extent_ndims(space);
    bool fits = item->rank >= 0 && item->rank <= STORE_RANK_LIMIT;
    if (fits) H5Sget_simple_extent_dims(space, extents, NULL);
    H5Sclose(space);
    if (!fits || !classify(item)) return false;
    item->bytes = H5Tget_size(item->type);
    for (int i = 0; i < item->rank; i++) {
        item->shape[i] = (size_t)extents[i];
        if (__builtin_mul_overflow(item->bytes, item->shape[i], &item->bytes)) return false;
    }
    return true;
}

static void item_close(Item *item) {
    H5Tclose(item->type);
    H5Dclose(item->dataset);
}

static bool item_open(hid_t file, const char *path, Item *item, Error *error) {
    *item = (Item){.dataset = H5Dopen2(file, path, H5P_DEFAULT)};
    if (item->dataset < 0) return store_hdf5_error(error, "/%s cannot be opened", path);
    item->type = H5Dget_type(item->dataset);
    if (measure(item)) return true;
    item_close(item);
    return error_set(error, "/%s has a type or rank that engram does not write", path);
}

static bool item_read(const Item *item, const char *path, void *data, Error *error) {
    if (item->bytes == 0 || H5Dread(item->dataset, item->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0) return true;
    return store_hdf5_error(error, "/%s cannot be read", path);
}

// One zero byte more than the contents: it ends texts. A size beyond all memory comes from a damaged file.
static void *item_load(const Item *item, const char *path, Error *error) {
    void *data = calloc(item->bytes + 1, 1);
    if (!data) {
        error_set(error, "/%s: %zu bytes do not fit into memory", path, item->bytes);
        return NULL;
    }
    if (item_read(item, path, data, error)) return data;
    free(data);
    return NULL;
}

// Opens, checks the kind, reads all of it. `item` is closed, its description stays valid.
static void *load_kind(hid_t file, const char *path, ItemKind kind, Item *item, Error *error) {
    static const char *const names[] = {"an array", "a table of step and value", "a text"};
    if (!item_open(file, path, item, error)) return NULL;
    void *data = NULL;
    if (item->kind == kind) data = item_load(item, path, error);
    else error_set(error, "/%s is not %s but %s", path, names[kind], names[item->kind]);
    item_close(item);
    return data;
}

bool store_read_array(hid_t file, const char *path, StoreArray *out, Error *error) {
    Item item;
    void *data = load_kind(file, path, ITEM_ARRAY, &item, error);
    if (!data) return false;
    *out = (StoreArray){.type = item.element, .rank = item.rank, .data = data};
    memcpy(out->shape, item.shape, sizeof item.shape);
    return true;
}

bool store_read_array_into(hid_t file, const char *path, DType type, int rank, const size_t *shape, void *data, Error *error) {
    Item item;
    if (!item_open(file, path, &item, error)) return false;
    bool done = item.kind == ITEM_ARRAY || error_set(error, "/%s is not an array", path);
    done = done && archive_same_shape(path, type, rank, shape, item.element, item.rank, item.shape, error);
    done = done && item_read(&item, path, data, error);
    item_close(&item);
    return done;
}

bool store_read_table(hid_t file, const char *path, StoreRow **rows, size_t *count, Error *error) {
    Item item;
    *rows = load_kind(file, path, ITEM_TABLE, &item, error);
    *count = *rows ? item.shape[0] : 0;
    return *rows != NULL;
}

char *store_read_text(hid_t file, const char *path, Error *error) {
    Item item;
    return load_kind(file, path, ITEM_TEXT, &item, error);
}

// ---- contents ------------------------------------------------------------------------------------------------------------

static void paths_add(StorePaths *paths, const char *path) {
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity ? 2 * paths->capacity : 64;
        char **grown = memory_alloc(capacity * sizeof *grown);
        if (paths->count) memcpy(grown, paths->items, paths->count * sizeof *grown);
        free(paths->items);
        paths->items = grown;
        paths->capacity = capacity;
    }
    paths->items[paths->count++] = memory_format("%s", path);
}

void store_paths_free(StorePaths *paths) {
    for (size_t i = 0; i < paths->count; i++) free(paths->items[i]);
    free(paths->items);
    *paths = (StorePaths){0};
}

static herr_t list_dataset(hid_t object, const char *path, const H5O_info_t *info, void *context) {
    (void)object;
    if (info->type == H5O_TYPE_DATASET) paths_add(context, path);
    return 0;
}

bool store_list(hid_t file, StorePaths *paths, Error *error) {
    *paths = (StorePaths){0};
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, list_dataset, paths, H5O_INFO_BASIC) >= 0) return true;
    store_hdf5_error(error, "the contents cannot be listed");
    store_paths_free(paths);
    return false;
}

static void digest_u64(Digest *digest, uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(value >> (8 * i));
    digest_update(digest, bytes, sizeof bytes);
}

static void digest_item(Digest *digest, const char *path, const Item *item, const void *data) {
    bool text = item->kind == ITEM_TEXT;
    size_t bytes = text ? strlen(data) : item->bytes;
    const char *type = text ? "text" : item->kind == ITEM_TABLE ? "table" : dtype_name(item->element);
    digest_update(digest, "/", 1);
    digest_update(digest, path, strlen(path) + 1);
    digest_update(digest, type, strlen(type) + 1);
    digest_u64(digest, text ? 1 : (uint64_t)item->rank);
    if (text) digest_u64(digest, bytes);
    for (int i = 0; i < item->rank; i++) digest_u64(digest, item->shape[i]);
    digest_update(digest, data, bytes);
}

static bool digest_dataset(Digest *digest, hid_t file, const char *path, Error *error) {
    Item item;
    if (!item_open(file, path, &item, error)) return false;
    void *data = item_load(&item, path, error);
    if (data) digest_item(digest, path, &item, data);
    free(data);
    item_close(&item);
    return data != NULL;
}

bool store_contents_digest(hid_t file, char hex[DIGEST_SIZE], Error *error) {
    StorePaths paths;
    if (!store_list(file, &paths, error)) return false;
    Digest *digest = digest_create();
    bool done = true;
    for (size_t i = 0; done && i < paths.count; i++) done = digest_dataset(digest, file, paths.items[i], error);
    digest_finish(digest, hex);
    store_paths_free(&paths);
    return done;
}
