// The registry of benches, and what they share. To add one: write its file, declare it in speed.h, add its line here.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/linalg.h"
#include "core/rng.h"

const SpeedBench *const speed_benches[] = {&speed_drqn, &speed_mine};
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
    error_set(error, "bench \"%s\" is unknown%s%s; accepted: %s", name, nearest ? ", nearest is " : "", nearest ? nearest : "",
              accepted);
    return NULL;
}

double speed_cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

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

double speed_difference(double a, double b) {
    double size = fmax(fmax(fabs(a), fabs(b)), 0.1);
    return fabs(a - b) / size;
}

void speed_add(SpeedReport *report, SpeedRow row, double tolerance) {
    row.ratio = row.theirs.median / row.ours.median;
    if (!isnan(row.theirs.median) && !(row.difference <= tolerance)) report->agrees = false;
    if (report->row_count < SPEED_ROWS_MAX) report->rows[report->row_count++] = row;
}

void speed_note(SpeedReport *report, const char *format, ...) {
    if (report->note_count == SPEED_NOTES_MAX) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->notes[report->note_count++], sizeof report->notes[0], format, arguments);
    va_end(arguments);
}

// ---- calibration -----------------------------------------------------------------------------------------------------------------

enum { CALIBRATION_SIZE = 512, CALIBRATION_PRODUCTS = 8, CALIBRATION_TRIALS = 9, CALIBRATION_WARM = 6 };

static double product_rate(const Linalg *linalg, const Matrix m[3]) {
    double start = speed_cpu_ms();
    for (int i = 0; i < CALIBRATION_PRODUCTS; i++) linalg->product(false, false, m[0], m[1], false, m[2]);
    return 2e-6 * CALIBRATION_PRODUCTS * m[0].rows * (double)m[0].cols * m[1].cols / (speed_cpu_ms() - start);
}

// The two take turns; the first turns, while the processor wakes up, are not counted.
SpeedCalibration speed_calibrate(void) {
    size_t count = (size_t)CALIBRATION_SIZE * CALIBRATION_SIZE;
    Matrix matrix[3];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int i = 0; i < 3; i++) {
        float *data = memory_alloc(count * sizeof(float));
        for (size_t k = 0; k < count; k++) data[k] = (float)rng_between(&rng, -1, 1);
        matrix[i] = matrix_view(DTYPE_F32, CALIBRATION_SIZE, CALIBRATION_SIZE, data);
    }
    const Linalg *openblas = linalg_find("openblas", NULL);
    double ours[CALIBRATION_TRIALS], theirs[CALIBRATION_TRIALS];
    for (int trial = -CALIBRATION_WARM; trial < CALIBRATION_TRIALS; trial++) {
        int slot = trial < 0 ? 0 : trial;
        ours[slot] = product_rate(linalg_portable(), matrix);
        theirs[slot] = openblas ? product_rate(openblas, matrix) : NAN;
    }
    for (int i = 0; i < 3; i++) free(matrix[i].data);
    SpeedCalibration rates = {speed_summary(ours, CALIBRATION_TRIALS).median, NAN};
    if (openblas) rates.openblas = speed_summary(theirs, CALIBRATION_TRIALS).median;
    return rates;
}
