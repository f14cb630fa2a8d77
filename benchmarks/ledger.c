#include "benchmarks/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/aside.h"
#include "core/csv.h"
#include "core/folder.h"

typedef struct Entry {
    char *file, *digest, *behaviour;
} Entry;

struct Ledger {
    char *results, *path, *behaviour;
    size_t count, capacity;
    Entry *entries;
};

static void add(Ledger *ledger, const char *file, const char *digest, const char *behaviour) {
    if (ledger->count == ledger->capacity) {
        size_t capacity = ledger->capacity ? 2 * ledger->capacity : 64;
        Entry *entries = memory_alloc(capacity * sizeof *entries);
        if (ledger->count) memcpy(entries, ledger->entries, ledger->count * sizeof *entries);
        free(ledger->entries);
        ledger->entries = entries;
        ledger->capacity = capacity;
    }
    ledger->entries[ledger->count++] =
        (Entry){memory_format("%s", file), memory_format("%s", digest), memory_format("%s", behaviour)};
}

static Entry *find(const Ledger *ledger, const char *file) {
    for (size_t i = 0; i < ledger->count; i++) {
        if (strcmp(ledger->entries[i].file, file) == 0) return &ledger->entries[i];
    }
    return NULL;
}

static void read_entries(Ledger *ledger) {
    CsvTable *table = access(ledger->path, F_OK) == 0 ? csv_read(ledger->path, NULL) : NULL;
    if (!table) return;
    int file = csv_column(table, "file"), digest = csv_column(table, "digest"), behaviour = csv_column(table, "behaviour");
    for (size_t i = 0; file >= 0 && digest >= 0 && behaviour >= 0 && i < csv_rows(table); i++) {
        add(ledger, csv_text(table, i, file), csv_text(table, i, digest), csv_text(table, i, behaviour));
    }
    csv_destroy(table);
}

Ledger *ledger_open(const char *results, const Experiment *experiment, const char *behaviour) {
    Ledger *ledger = memory_zeroed(1, sizeof *ledger);
    ledger->results = memory_format("%s", results);
    ledger->behaviour = memory_format("%s", behaviour);
    ledger->path = memory_format("%s/behaviour/made/%s-%s.csv", results, experiment->name, scale_names[experiment->scale]);
    read_entries(ledger);
    return ledger;
}

void ledger_close(Ledger *ledger) {
    if (!ledger) return;
    for (size_t i = 0; i < ledger->count; i++) {
        free(ledger->entries[i].file);
        free(ledger->entries[i].digest);
        free(ledger->entries[i].behaviour);
    }
    free(ledger->entries);
    free(ledger->results);
    free(ledger->path);
    free(ledger->behaviour);
    free(ledger);
}

bool ledger_has(const Ledger *ledger, const char *file, const char *digest) {
    const Entry *entry = find(ledger, file);
    return entry && strcmp(entry->digest, digest) == 0 && strcmp(entry->behaviour, ledger->behaviour) == 0;
}

void ledger_note(Ledger *ledger, const char *file, const char *digest) {
    Entry *entry = find(ledger, file);
    if (!entry) {
        add(ledger, file, digest, ledger->behaviour);
        return;
    }
    free(entry->digest);
    free(entry->behaviour);
    entry->digest = memory_format("%s", digest);
    entry->behaviour = memory_format("%s", ledger->behaviour);
}

static bool is_there(const Ledger *ledger, const Entry *entry) {
    char *path = memory_format("%s/%s", ledger->results, entry->file);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

bool ledger_write(const Ledger *ledger, Error *error) {
    Aside aside;
    if (!folder_make_parents(ledger->path, error) || !aside_open(&aside, ledger->path, error)) return false;
    FILE *file = aside.file;
    fputs("file,digest,behaviour\n", file);
    for (size_t i = 0; i < ledger->count; i++) {
        const Entry *entry = &ledger->entries[i];
        if (!is_there(ledger, entry)) continue;
        csv_write_text(file, entry->file);
        fprintf(file, ",%s,%s\n", entry->digest, entry->behaviour);
    }
    return aside_close(&aside, error);
}
