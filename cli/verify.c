#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "benchmarks/run.h"
#include "benchmarks/scheduler.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"
#include "core/store.h"

typedef struct Verdict {
    const SweepRun *run;
    bool readable, intact;    // intact: the stored file still has the digest it was sealed with
    char sealed[DIGEST_SIZE];
    char repeated[DIGEST_SIZE];    // "" when the repetition failed
} Verdict;

typedef struct Verification {
    const Options *options;
    size_t count;    // finished runs
    Verdict *verdicts;
    char *scratch;    // <results>/verify.XXXXXX, NULL: none yet
    int lock;         // of that folder
} Verification;

static bool read_digest(const char *results, const SweepRun *run, char sealed[DIGEST_SIZE], bool *intact, Error *error) {
    char *path = run_path(results, run), again[DIGEST_SIZE];
    StoreReader *reader = store_open(path, error);
    bool good = reader && store_recompute_digest(reader, again, error);
    if (good) {
        snprintf(sealed, DIGEST_SIZE, "%s", store_digest(reader));
        *intact = strcmp(sealed, again) == 0;
    }
    if (reader) store_close(reader);
    free(path);
    return good;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}

// Stored files first: a corrupt one is named, and repeated all the same.
static void check_stored(Verification *all, const RunList *list) {
    const char *results = all->options->results;
    all->verdicts = memory_zeroed(list->count, sizeof *all->verdicts);
    for (size_t i = 0; i < list->count; i++) {
        char detail[sizeof((Error *)0)->message];
        RunStatus status = run_status(results, list->runs[i], detail, sizeof detail);
        if (status != RUN_DONE && status != RUN_STALE && status != RUN_UNREADABLE) continue;
        Verdict *verdict = &all->verdicts[all->count++];
        Error error;
        verdict->run = list->runs[i];
        error_set(&error, "%s", detail);
        verdict->readable =
            status != RUN_UNREADABLE && read_digest(results, verdict->run, verdict->sealed, &verdict->intact, &error);
        if (!verdict->readable) fprintf(stderr, "engram verify: %s cannot be read: %s\n", verdict->run->name, error.message);
        else if (!verdict->intact)
            fprintf(stderr, "engram verify: %s is corrupt: its contents do not have its digest\n", verdict->run->name);
    }
}

// ---- the scratch folder --------------------------------------------------------------------------------------------------

static void remove_scratch(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

// The lock of a folder, held until it is closed or its process and all children have ended; -1: somebody else has it.
static int lock_folder(const char *path) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0) return folder;
    if (folder >= 0) close(folder);
    return -1;
}

// Removes what a verify that was killed has left: its lock is free.
static void remove_stale(const char *results) {
    DIR *listing = opendir(results);
    if (!listing) return;
    for (const struct dirent *entry; (entry = readdir(listing));) {
        if (strncmp(entry->d_name, "verify.", 7) != 0 || strlen(entry->d_name) != strlen("verify.XXXXXX")) continue;
        char *path = memory_format("%s/%s", results, entry->d_name);
        int lock = lock_folder(path);
        if (lock >= 0) {
            remove_scratch(path);
            close(lock);
        }
        free(path);
    }
    closedir(listing);
}

static bool make_scratch(Verification *all, Error *error) {
    const char *results = all->options->results;
    remove_stale(results);
    all->scratch = memory_format("%s/verify.XXXXXX", results);
    if (mkdtemp(all->scratch)) {
        all->lock = lock_folder(all->scratch);
        if (all->lock >= 0) return true;
        rmdir(all->scratch);
    }
    error_set(error, "a folder for the repetition cannot be made below '%s': %s", results, strerror(errno));
    free(all->scratch);
    all->scratch = NULL;
    return false;
}

// ---- the repetition ------------------------------------------------------------------------------------------------------

static bool repeat(Verification *all, ScheduleReport *report, Error *error) {
    const Options *options = all->options;
    if (!make_scratch(all, error)) return false;
    const SweepRun **runs = memory_zeroed(all->count, sizeof *runs);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->verdicts[i].readable) runs[count++] = all->verdicts[i].run;
    }
    FILE *out = options->csv || options->json ? stderr : stdout;
    ScheduleOptions schedule = {.results = all->scratch, .jobs = options->jobs, .out = out, .terminal = isatty(fileno(out))};
    bool good = schedule_runs(runs, count, &schedule, report, error);
    free(runs);
    if (!good) return false;
    for (size_t i = 0; i < all->count; i++) {
        Verdict *verdict = &all->verdicts[i];
        bool intact;
        if (!verdict->readable || !read_digest(all->scratch, verdict->run, verdict->repeated, &intact, NULL))
            verdict->repeated[0] = '\0';
    }
    return true;
}

static const char *verdict_word(const Verdict *verdict) {
    if (!verdict->readable) return "unreadable";
    if (!verdict->intact) return "corrupt";
    if (!verdict->repeated[0]) return "not repeated";
    return strcmp(verdict->sealed, verdict->repeated) == 0 ? "same" : "differs";
}

// The exit code: 2 when something could not be compared, else 1 when a digest differs.
static int print_verdicts(const Verification *all) {
    const Options *options = all->options;
    bool brief = options->csv;
    Table *table = table_create(brief ? 2 : 3, (const char *const[]){"run", "digest", "verdict"});
    size_t same = 0, different = 0;
    for (size_t i = 0; i < all->count; i++) {
        const Verdict *verdict = &all->verdicts[i];
        const char *word = verdict_word(verdict);
        table_text(table, verdict->run->name);
        table_text(table, verdict->repeated);
        if (!brief) table_text(table, word);
        if (strcmp(word, "same") == 0) same++;
        if (strcmp(word, "differs") == 0) {
            fprintf(stderr, "engram verify: %s differs: sealed %s, repeated %s\n", verdict->run->name, verdict->sealed,
                    verdict->repeated);
        }
        if (strcmp(word, "differs") == 0 || strcmp(word, "corrupt") == 0) different++;
    }
    table_print(table, options, stdout);
    table_destroy(table);
    if (!options->csv && !options->json) printf("%zu runs repeated: %zu with the same digest\n", all->count, same);
    if (same + different < all->count) return EXIT_BAD_INPUT;
    return different ? EXIT_DIFFERS : EXIT_FINE;
}

static int verify_runs(const Options *options, const RunList *list) {
    Verification all = {.options = options};
    ScheduleReport report;
    Error error;
    int code;
    check_stored(&all, list);
    if (all.count == 0) {
        error_set(&error, "%s has no finished run at scale %s below '%s': `engram run` makes them", options->arguments[0],
                  scale_names[options->scale], options->results);
        code = cli_fail(options, &error);
    } else if (!repeat(&all, &report, &error)) {
        code = cli_fail(options, &error);
    } else if (report.interrupted) {
        fprintf(stderr, "interrupted: nothing was compared\n");
        code = EXIT_INTERRUPTED;
    } else {
        code = print_verdicts(&all);
    }
    if (all.scratch) {
        remove_scratch(all.scratch);
        close(all.lock);
    }
    free(all.scratch);
    free(all.verdicts);
    return code;
}

int cli_verify(const Options *options) {
    Error error;
    RunList list;
    if (!cli_load_runs(options, options->arguments[0], &list, &error)) return cli_fail(options, &error);
    int code = verify_runs(options, &list);
    cli_runs_free(&list);
    return code;
}
