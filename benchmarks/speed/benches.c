// The registry of benches, and the report that they fill. To add one: write its file, declare it in speed.h, add its line here.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/csv.h"
#include "core/kernels.h"

const SpeedBench *const speed_benches[] = {&speed_kernels, &speed_drqn, &speed_envs, &speed_mine, &speed_sequence};
const size_t speed_bench_count = sizeof speed_benches / sizeof *speed_benches;

const SpeedBench *speed_find(const char *name, Error *error) {
    const char *names[sizeof speed_benches / sizeof *speed_benches];
    char accepted[256] = "";
    for (size_t i = 0; i < speed_bench_count; i++) {
        names[i] = speed_benches[i]->name;
        if (strcmp(name, names[i]) == 0) return speed_benches[i];
        size_t length = strlen(accepted);
        snprintf(accepted + length, sizeof accepted - length, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = error_nearest(name, names, speed_bench_count);
    error_set(error, "bench \"%s\" is unknown%s%s; accepted: %s, gate, or statistics", name, nearest ? ", nearest is " : "",
              nearest ? nearest : "", accepted);
    return NULL;
}

void *speed_params(const SpeedBench *bench) {
    void *params = memory_zeroed(1, bench->params.struct_size);
    param_defaults(&bench->params, params);
    if (bench->begin) bench->begin(params);
    return params;
}

const SpeedColumn speed_ms_columns[SPEED_MS_COLUMNS] = {
    {"what", SPEED_TEXT, offsetof(SpeedRow, what), NULL, false},
    {"cell", SPEED_TEXT, offsetof(SpeedRow, cell), NULL, false},
    {"length", SPEED_COUNT, offsetof(SpeedRow, length), NULL, false},
    {"engram_ms", SPEED_REAL, SPEED_TIMES(SPEED_OURS, median), "%.3f", false},
    {"engram_min", SPEED_REAL, SPEED_TIMES(SPEED_OURS, least), "%.3f", false},
    {"engram_max", SPEED_REAL, SPEED_TIMES(SPEED_OURS, most), "%.3f", false},
    {"pytorch_ms", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, median), "%.1f", false},
    {"pytorch_min", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, least), "%.1f", false},
    {"pytorch_max", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, most), "%.1f", false},
    {"calibration_ms", SPEED_REAL, offsetof(SpeedRow, calibration), "%.3f", false},
    {"calibration/engram", SPEED_REAL, offsetof(SpeedRow, pace), "%.3f", true},
    {"path", SPEED_TEXT, offsetof(SpeedRow, path), NULL, false},
    {"ratio", SPEED_REAL, offsetof(SpeedRow, ratio[SPEED_PYTORCH]), "%.2f", false},
    {"loss_difference", SPEED_REAL, offsetof(SpeedRow, difference), "%.1e", false},
};

static bool on_path(KernelsPath path, SpeedPart *part, const void *params, bool first, SpeedReport *report, Error *error) {
    setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
    bool good = part(params, first, report, error);
    unsetenv("ENGRAM_KERNELS");
    return good;
}

bool speed_each_path(SpeedPart *part, const void *params, SpeedReport *report, Error *error) {
    if (getenv("ENGRAM_KERNELS")) return part(params, true, report, error);
    KernelsPath widest = kernels_path();
    if (!on_path(widest, part, params, true, report, error)) return false;
    return widest <= KERNELS_AVX2 || on_path(KERNELS_AVX2, part, params, false, report, error);
}

// ---- the report ------------------------------------------------------------------------------------------------------------------

static int compare_ms(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

SpeedTime speed_summary(double *ms, int count) {
    qsort(ms, (size_t)count, sizeof *ms, compare_ms);
    return (SpeedTime){0.5 * (ms[(count - 1) / 2] + ms[count / 2]), ms[0], ms[count - 1]};
}

SpeedTime speed_not_measured(void) {
    return (SpeedTime){NAN, NAN, NAN};
}

double speed_ratio(const double *over, const double *under, int count) {
    double *ratios = memory_zeroed((size_t)count, sizeof *ratios);
    for (int i = 0; i < count; i++) ratios[i] = over[i] / under[i];
    double median = isnan(ratios[0]) ? NAN : speed_summary(ratios, count).median;
    free(ratios);
    return median;
}

double speed_difference(double a, double b) {
    double size = fmax(fmax(fabs(a), fabs(b)), 0.1);
    return fabs(a - b) / size;
}

void speed_add(SpeedReport *report, SpeedRow row, double tolerance) {
    bool compared = false;
    for (int side = 0; side < SPEED_SIDES; side++) {
        compared |= side != SPEED_OURS && !isnan(row.time[side].median);
    }
    if (compared && !(row.difference <= tolerance)) report->agrees = false;
    if (report->row_count < SPEED_ROWS_MAX) report->rows[report->row_count++] = row;
}

void speed_note(SpeedReport *report, const char *format, ...) {
    if (report->note_count == SPEED_NOTES_MAX) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->notes[report->note_count++], sizeof report->notes[0], format, arguments);
    va_end(arguments);
}

void speed_say(const SpeedReport *report, const char *format, ...) {
    if (!report->say) return;
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report->say(text);
}

static void write_cell(const SpeedColumn *column, const SpeedRow *row, FILE *out) {
    const char *field = (const char *)row + column->offset;
    double value;
    switch (column->kind) {
    case SPEED_TEXT: csv_write_text(out, field); break;
    case SPEED_COUNT: fprintf(out, "%d", *(const int *)(const void *)field); break;
    case SPEED_REAL:
        memcpy(&value, field, sizeof value);
        if (isfinite(value)) fprintf(out, "%.6g", value);    // else the cell stays empty
        break;
    }
}

void speed_write_csv(const SpeedBench *bench, const SpeedReport *report, bool extra, FILE *out) {
    for (int i = -1; i < report->row_count; i++) {
        bool first = true;
        for (size_t c = 0; c < bench->column_count; c++) {
            const SpeedColumn *column = &bench->columns[c];
            if (column->extra && !extra) continue;
            if (!first) fputc(',', out);
            first = false;
            if (i < 0) fputs(column->name, out);
            else write_cell(column, &report->rows[i], out);
        }
        fputc('\n', out);
    }
}
