#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store_internal.h"

enum { LOCK_ATTEMPTS = 100 };

char *store_parts_path(const StoreParts *parts, const char *kind, int number) {
    return memory_format("%s/%s-%06d.h5", parts->folder, kind, number);
}

char *store_parts_temporary(const StoreParts *parts, const char *kind, int number) {
    return memory_format("%s/%s-%06d.h5.tmp-%ld", parts->folder, kind, number, (long)getpid());
}

// ---- folder and lock -----------------------------------------------------------------------------------------------------

static bool make_folder(const char *path, Error *error) {
    if (mkdir(path, 0777) == 0) return true;
    int reason = errno;
    struct stat there;
    if (reason == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode)) return true;
    return error_set(error, "%s: the folder cannot be created: %s", path, strerror(reason));
}

// With all folders above it.
static bool make_folders(const char *path, Error *error) {
    char *partial = memory_format("%s", path);
    bool done = true;
    for (char *slash = strchr(partial + 1, '/'); done && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        done = make_folder(partial, error);
        *slash = '/';
    }
    done = done && make_folder(partial, error);
    free(partial);
    return done;
}

static bool report_holder(int lock, const char *folder, Error *error) {
    char holder[32] = "";
    ssize_t length = pread(lock, holder, sizeof holder - 1, 0);
    if (length <= 0) return error_set(error, "%s: another process is writing this run", folder);
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(error, "%s: another process (%s) is writing this run", folder, holder);
}

// The lock file may be deleted, with its folder, by the process that held the lock: then what we locked is not there any more.
static bool is_current(int lock, const char *path) {
    struct stat held, there;
    return fstat(lock, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

static void sign_lock(int lock) {
    if (ftruncate(lock, 0) == 0) dprintf(lock, "process %ld\n", (long)getpid());
}

// Returns the descriptor, or -1.
static int lock_folder(const char *folder, Error *error) {
    char *path = memory_format("%s/lock", folder);
    int lock = -1;
    error_set(error, "%s: the folder vanishes while it is being locked", folder);
    for (int attempt = 0; lock < 0 && attempt < LOCK_ATTEMPTS; attempt++) {
        if (!make_folders(folder, error)) break;
        int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (opened < 0 && errno == ENOENT) continue;
        if (opened < 0) {
            error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
            break;
        }
        if (flock(opened, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) report_holder(opened, folder, error);
            else error_set(error, "%s: cannot be locked: %s", path, strerror(errno));
            close(opened);
            break;
        }
        if (is_current(opened, path)) lock = opened;
        else close(opened);
    }
    if (lock >= 0) sign_lock(lock);
    free(path);
    return lock;
}

bool store_parts_lock(StoreParts *parts, const char *path, Error *error) {
    parts->folder = memory_format("%s.parts", path);
    parts->lock = lock_folder(parts->folder, error);
    if (parts->lock >= 0) return true;
    free(parts->folder);
    parts->folder = NULL;
    return false;
}

// ---- deleting ------------------------------------------------------------------------------------------------------------

static void delete_part(const StoreParts *parts, const char *kind, int number) {
    char *path = store_parts_path(parts, kind, number);
    unlink(path);
    free(path);
}

void store_parts_drop_state(const StoreParts *parts, int number) {
    if (number > 0) delete_part(parts, "state", number);
}

// Of files "<kind>-<number>.h5" the number, of others 0.
static int part_number(const char *name, const char *kind) {
    size_t length = strlen(kind);
    if (strncmp(name, kind, length) != 0 || name[length] != '-') return 0;
    char *end;
    long number = strtol(name + length + 1, &end, 10);
    return number > 0 && number < 1000000000 && strcmp(end, ".h5") == 0 ? (int)number : 0;
}

// Deletes unfinished files and finds the highest numbers in use.
static bool scan(const StoreParts *parts, int *segments, int *states, Error *error) {
    *segments = *states = 0;
    DIR *listing = opendir(parts->folder);
    if (!listing) return error_set(error, "%s: cannot be listed: %s", parts->folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(listing));) {
        int segment = part_number(entry->d_name, "segment"), state = part_number(entry->d_name, "state");
        if (segment > *segments) *segments = segment;
        if (state > *states) *states = state;
        if (strstr(entry->d_name, ".tmp-")) unlinkat(dirfd(listing), entry->d_name, 0);
    }
    closedir(listing);
    return true;
}

// Newest first, segments before states: a kill on the way leaves a shorter chain that is still whole.
static void delete_after(const StoreParts *parts, int kept, int segments, int states) {
    for (int number = segments; number > kept; number--) delete_part(parts, "segment", number);
    for (int number = states; number > kept; number--) delete_part(parts, "state", number);
}

void store_parts_remove(StoreParts *parts) {
    int segments, states;
    if (scan(parts, &segments, &states, NULL)) delete_after(parts, 0, segments, states);
    parts->count = 0;
    store_parts_close(parts);
}

void store_parts_close(StoreParts *parts) {
    if (parts->lock >= 0) {
        if (parts->count == 0) {
            char *path = memory_format("%s/lock", parts->folder);
            unlink(path);
            rmdir(parts->folder);    // stays if another process has just come in: it will see that its lock is current
            free(path);
        }
        close(parts->lock);
    }
    free(parts->folder);
    free(parts->notice);
    *parts = (StoreParts){.lock = -1};
}

// ---- seals ---------------------------------------------------------------------------------------------------------------

static char *state_chain(int number) {
    return memory_format("state %d\n", number);
}

static char *segment_chain(int number, const char *previous, const char *state) {
    return memory_format("segment %d\nprevious %s\nstate %s\n", number, *previous ? previous : "none", state);
}

static bool seal(hid_t file, const StoreParts *parts, const char *chain, char digest[DIGEST_SIZE], Error *error) {
    return store_write_text(file, "key", parts->key, error) && store_write_text(file, "config", parts->config, error) &&
           store_write_text(file, "chain", chain, error) && store_contents_digest(file, digest, error) &&
           store_write_schema(file, error) && store_write_attribute(file, "/", "digest", digest, error);
}

bool store_parts_seal_state(hid_t file, const StoreParts *parts, int number, char digest[DIGEST_SIZE], Error *error) {
    char *chain = state_chain(number);
    bool done = seal(file, parts, chain, digest, error);
    free(chain);
    return done;
}

bool store_parts_seal_segment(hid_t file, const StoreParts *parts, int number, const char *state, char digest[DIGEST_SIZE],
                              Error *error) {
    char *chain = segment_chain(number, parts->last, state);
    bool done = seal(file, parts, chain, digest, error);
    free(chain);
    return done;
}

// ---- validation ----------------------------------------------------------------------------------------------------------

// Missing and damaged parts are dropped and made again; foreign ones are the user's to decide about, and so are parts that
// we may not read.
typedef enum Verdict { PART_VALID, PART_MISSING, PART_DAMAGED, PART_REFUSED } Verdict;

typedef struct PartSeal {
    char digest[DIGEST_SIZE];
    char *chain;    // owned
} PartSeal;

static Verdict check_readable(const char *path, Error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) {
        error_set(error, "%s: is missing", path);
        return PART_MISSING;
    }
    if (descriptor < 0) {
        error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
        return PART_REFUSED;
    }
    close(descriptor);
    return PART_VALID;
}

static bool check_contents(hid_t file, PartSeal *found, Error *error) {
    char *digest = store_read_attribute(file, "/", "digest", error);
    bool done = digest && store_contents_digest(file, found->digest, error);
    if (done && strcmp(digest, found->digest) != 0) done = error_set(error, "its contents do not match its digest");
    free(digest);
    return done && (found->chain = store_read_text(file, "chain", error));
}

static bool same_text(hid_t file, const char *name, const char *expected, Error *error) {
    char *text = store_read_text(file, name, error);
    bool same = text && strcmp(text, expected) == 0;
    if (text && !same) error_set(error, "belongs to a run of another %s", name);
    free(text);
    return same;
}

static Verdict check_open_part(hid_t file, const StoreParts *parts, PartSeal *found, Error *error) {
    int64_t schema;
    if (!store_read_schema(file, &schema, error)) return PART_DAMAGED;
    if (schema != STORE_SCHEMA) {
        error_set(error, "has schema %lld, this program continues schema %d", (long long)schema, STORE_SCHEMA);
        return PART_REFUSED;
    }
    if (!check_contents(file, found, error)) return PART_DAMAGED;
    bool ours = same_text(file, "key", parts->key, error) && same_text(file, "config", parts->config, error);
    return ours ? PART_VALID : PART_REFUSED;
}

static Verdict check_part(const StoreParts *parts, const char *kind, int number, PartSeal *found, Error *error) {
    *found = (PartSeal){0};
    char *path = store_parts_path(parts, kind, number);
    Verdict verdict = check_readable(path, error);
    if (verdict == PART_VALID) {
        hid_t file = store_file_open(path, error);
        verdict = file < 0 ? PART_DAMAGED : check_open_part(file, parts, found, error);
        if (file >= 0) H5Fclose(file);
        else error_context(error, "unreadable: ");
        if (verdict == PART_REFUSED || (verdict == PART_DAMAGED && file >= 0)) error_context(error, "%s: ", path);
    }
    free(path);
    return verdict;
}

static bool starts_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static Verdict check_state(const StoreParts *parts, int number, const char *expected, Error *error) {
    PartSeal found;
    Verdict verdict = check_part(parts, "state", number, &found, error);
    if (verdict == PART_VALID && strcmp(found.digest, expected) != 0) {
        error_set(error, "%s/state-%06d.h5: does not belong to its segment", parts->folder, number);
        verdict = PART_DAMAGED;
    }
    free(found.chain);
    return verdict;
}

// One link of the chain: which digests it has.
typedef struct Link {
    char digest[DIGEST_SIZE], state[DIGEST_SIZE];
} Link;

static Verdict check_segment(const StoreParts *parts, int number, const char *previous, Link *link, Error *error) {
    PartSeal found;
    Verdict verdict = check_part(parts, "segment", number, &found, error);
    if (verdict == PART_VALID) {
        memcpy(link->digest, found.digest, DIGEST_SIZE);
        const char *state = strstr(found.chain, "state ");
        snprintf(link->state, DIGEST_SIZE, "%.64s", state ? state + strlen("state ") : "");
        char *expected = segment_chain(number, previous, link->state);
        if (!starts_with(found.chain, expected)) {
            error_set(error, "%s/segment-%06d.h5: does not follow the segment before it", parts->folder, number);
            verdict = PART_DAMAGED;
        }
        free(expected);
    }
    free(found.chain);
    return verdict;
}

// The longest whole chain from segment 1 on. False only if a part is refused.
static bool find_chain(const StoreParts *parts, int segments, Link *links, int *length, Error *reason, Error *error) {
    for (*length = 0; *length < segments; (*length)++) {
        const char *previous = *length > 0 ? links[*length - 1].digest : "";
        Verdict verdict = check_segment(parts, *length + 1, previous, &links[*length], reason);
        if (verdict == PART_REFUSED) return error_set(error, "%s", reason->message);
        if (verdict != PART_VALID) break;
    }
    return true;
}

// Steps back from the end of the chain to a segment whose state is valid; 0 if there is none.
static bool find_state(const StoreParts *parts, const Link *links, int *length, Error *reason, Error *error) {
    for (; *length > 0; (*length)--) {
        Error why;
        Verdict verdict = check_state(parts, *length, links[*length - 1].state, &why);
        if (verdict == PART_VALID) return true;
        if (verdict == PART_REFUSED) return error_set(error, "%s", why.message);
        if (!reason->message[0]) *reason = why;
    }
    return true;
}

static void drop_damaged(StoreParts *parts, int segments, int states, const char *reason) {
    delete_after(parts, parts->count, segments, states);
    if (parts->count == segments) return;    // at most the orphan of a checkpoint that was cut short
    if (parts->count == 0) {
        parts->notice = memory_format("%s; no checkpoint before it can be used: the run starts again", reason);
    } else {
        parts->notice = memory_format("%s; the run goes on from checkpoint %d instead", reason, parts->count);
    }
}

static bool find_checkpoint(StoreParts *parts, Error *error) {
    int segments, states, length;
    if (!scan(parts, &segments, &states, error)) return false;
    Link *links = memory_zeroed((size_t)segments, sizeof *links);
    Error reason = {0};
    bool done =
        find_chain(parts, segments, links, &length, &reason, error) && find_state(parts, links, &length, &reason, error);
    if (done) {
        parts->count = length;
        if (length > 0) memcpy(parts->last, links[length - 1].digest, DIGEST_SIZE);
        drop_damaged(parts, segments, states, reason.message);
    }
    free(links);
    return done;
}

bool store_parts_validate(StoreParts *parts, Error *error) {
    assert(parts->key && parts->config && parts->lock >= 0);
    if (find_checkpoint(parts, error)) return true;
    error_context(error, "%s cannot be continued (remove it to start again): ", parts->folder);
    parts->count = -1;    // a folder that was refused is left as it is
    return false;
}
