// Speed as a ratio: the same work by engram and by a contender, taking turns within one run, in CPU time of one thread.
//
// A bench makes its work once, writes it to a temporary file that both sides read, and asks each side for a piece in turn.
// Both answer with a loss as well, so that a bench also says whether they computed the same thing.
#pragma once

#include "core/error.h"
#include "core/param.h"

typedef struct SpeedTime {
    double median, least, most;    // of the repetitions; NaN: not measured
} SpeedTime;

// One line of the table.
typedef struct SpeedRow {
    char what[48];        // "drqn episode, single targets"
    char cell[16];        // empty where there is none
    int length;           // of the T-Maze
    SpeedTime ours;       // ms of CPU time
    SpeedTime theirs;     // NaN without a contender
    double ratio;         // median of theirs over median of ours
    double difference;    // largest relative difference of the losses; NaN without a contender
} SpeedRow;

enum { SPEED_ROWS_MAX = 32, SPEED_NOTES_MAX = 16 };

typedef struct SpeedReport {
    int row_count;
    SpeedRow rows[SPEED_ROWS_MAX];
    int note_count;
    char notes[SPEED_NOTES_MAX][160];    // calibration, the contender's version, what the work is
    bool agrees;                         // all losses agree within the bench's tolerance
} SpeedReport;

// A bench: one row of the registry in benchmarks/speed/benches.c.
typedef struct SpeedBench {
    const char *name, *help;
    ParamTable params;
    // Fills the report. False with a message where the bench cannot run; a contender that is not installed is a note.
    bool (*run)(const void *params, SpeedReport *report, Error *error);
} SpeedBench;

extern const SpeedBench *const speed_benches[];
extern const size_t speed_bench_count;
const SpeedBench *speed_find(const char *name, Error *error);
extern const SpeedBench speed_drqn, speed_mine;

// Products of 512 x 512 matrices, GFLOP/s: what this machine gives at this hour, by our kernel and by OpenBLAS.
typedef struct SpeedCalibration {
    double ours, openblas;
} SpeedCalibration;
SpeedCalibration speed_calibrate(void);

double speed_cpu_ms(void);                         // CPU time of this process so far
SpeedTime speed_summary(double *ms, int count);    // sorts `ms`
SpeedTime speed_not_measured(void);
// The next row, its ratio already taken; losses that differ by more than `tolerance` clear report->agrees.
void speed_add(SpeedReport *report, SpeedRow row, double tolerance);
void speed_note(SpeedReport *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
double speed_difference(double a, double b);    // |a - b| / max(|a|, |b|, 0.1)
