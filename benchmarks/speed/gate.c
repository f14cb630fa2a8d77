#include "benchmarks/speed/gate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/csv.h"

const double gate_margin = 0.15;

enum { KEYS_MAX = 5, RATIOS_MAX = 2 };

// What names a row of a bench's table, and the columns that are compared: ratios to our time, so less is worse.
typedef struct GateTable {
    const char *bench;
    const char *keys[KEYS_MAX], *ratios[RATIOS_MAX];
} GateTable;

static const GateTable tables[] = {
    {"kernels", {"cell", "hidden", "steps", "path"}, {"share", "onednn/engram"}},
    {"drqn", {"what", "cell", "length", "path"}, {"calibration/engram"}},
    {"envs", {"what", "batch", "path"}, {"calibration/engram"}},
    {"sequence", {"what", "cell", "hidden", "steps", "path"}, {"calibration/engram"}},
};

static bool key_of(const GateTable *gate, const CsvTable *table, size_t row, char key[128], Error *error) {
    key[0] = '\0';
    for (int k = 0; k < KEYS_MAX && gate->keys[k]; k++) {
        int column;
        if (!csv_require(table, gate->keys[k], &column, error)) return false;
        size_t length = strlen(key);
        snprintf(key + length, 128 - length, "%s%s", k ? " " : "", csv_text(table, row, column));
    }
    return true;
}

// *there: whether the cell holds a number. A contender that was not installed leaves its cell empty.
static bool ratio_of(const CsvTable *table, size_t row, const char *name, double *ratio, bool *there, Error *error) {
    int column;
    if (!csv_require(table, name, &column, error)) return false;
    *there = csv_text(table, row, column)[0] != '\0';
    if (!*there) return true;
    if (!csv_number(table, row, column, ratio, error)) return false;
    return *ratio > 0 ||
           error_set(error, "%s:%zu: expected a positive number in %s", csv_path(table), csv_line(table, row), name);
}

static bool compare_rows(const GateTable *gate, const CsvTable *committed, size_t old_row, const CsvTable *fresh, size_t row,
                         GateReport *report, Error *error) {
    for (int r = 0; r < RATIOS_MAX && gate->ratios[r]; r++) {
        GateLine line = {.ratio = gate->ratios[r]};
        bool old_there, there;
        if (!key_of(gate, fresh, row, line.row, error) ||
            !ratio_of(committed, old_row, gate->ratios[r], &line.committed, &old_there, error) ||
            !ratio_of(fresh, row, gate->ratios[r], &line.fresh, &there, error)) {
            return false;
        }
        if (!old_there || !there || report->line_count == GATE_LINES_MAX) continue;
        line.worse = line.fresh * (1 + gate_margin) < line.committed;
        report->worse += line.worse;
        report->lines[report->line_count++] = line;
    }
    return true;
}

static bool compare_tables(const GateTable *gate, const CsvTable *committed, const CsvTable *fresh, GateReport *report,
                           Error *error) {
    for (size_t old = 0; old < csv_rows(committed); old++) {
        char wanted[128], key[128];
        bool found = false;
        if (!key_of(gate, committed, old, wanted, error)) return false;
        for (size_t row = 0; row < csv_rows(fresh) && !found; row++) {
            if (!key_of(gate, fresh, row, key, error)) return false;
            found = strcmp(key, wanted) == 0;
            if (found && !compare_rows(gate, committed, old, fresh, row, report, error)) return false;
        }
        report->missing += !found;
    }
    return true;
}

bool gate_compare(const char *bench, const char *committed, const char *fresh, GateReport *report, Error *error) {
    const GateTable *gate = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(tables[i].bench, bench) == 0) gate = &tables[i];
    }
    assert(gate);
    CsvTable *old = csv_read(committed, error), *now = old ? csv_read(fresh, error) : NULL;
    bool good = now && compare_tables(gate, old, now, report, error);
    csv_destroy(old);
    csv_destroy(now);
    return good;
}
