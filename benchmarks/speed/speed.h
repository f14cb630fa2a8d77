// Speed as a ratio: the same work by engram and by contenders, taking turns within one run, in CPU time of one thread.
//
// A bench makes its work once, writes it to a temporary file that all sides read, and asks each side for a piece in turn. All answer with
// a loss as well, so that a bench also says whether they computed the same thing. What the machine itself gives at that hour is measured
// in the same turns: a ratio to that is what may be compared between runs.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "benchmarks/speed/serve.h"
#include "core/error.h"
#include "core/param.h"

typedef struct SpeedTime {
    double median, least, most;    // of the repetitions; NaN: not measured
} SpeedTime;

typedef enum SpeedSide { SPEED_OURS, SPEED_ONEDNN, SPEED_PYTORCH, SPEED_SIDES } SpeedSide;

// What a core gives at this hour on the path of our kernels that the environment chooses, measured for some milliseconds.
typedef enum SpeedRate {
    SPEED_PRODUCT,     // matrix products, GFLOP/s: the best of some friendly shapes
    SPEED_TANH,        // 1e9 values a second, on a row in the first-level cache
    SPEED_LOGISTIC,    // likewise
    SPEED_RATES
} SpeedRate;

// One line of a table. A bench fills what its columns show.
typedef struct SpeedRow {
    char what[48];    // "drqn episode, single targets"
    char cell[16];
    char path[16];                  // of our kernels: "avx512", "avx2"
    int length;                     // of the T-Maze
    int hidden, steps;              // of a cell, and of its sequences
    int batch;                      // episodes side by side
    SpeedTime time[SPEED_SIDES];    // CPU time, in the unit that the columns name
    double bound;                   // ms that the work takes at the rates measured in the same run; NaN: not known
    double rate[SPEED_RATES];       // that the bound was computed with
    double calibration;             // ms of a product of 512 x 512 by our kernel, in the same run
    double ratio[SPEED_SIDES];      // a contender's time over ours, turn by turn
    double share;                   // bound over our time, turn by turn
    double pace;                    // calibration over our time, turn by turn
    double growth[SPEED_SIDES];     // time of a time step over that of the shortest sequences, turn by turn
    double memory;                  // MB that our tape holds
    double forward;                 // a forward pass's time over ours, turn by turn
    double original;                // microseconds of a step of the original program in Python; NaN: there is none
    double original_ratio;          // that over our time, turn by turn
    double difference;              // largest relative difference of the losses; NaN without a contender
} SpeedRow;

enum { SPEED_ROWS_MAX = 128, SPEED_NOTES_MAX = 32 };

typedef struct SpeedReport {
    int row_count;
    SpeedRow rows[SPEED_ROWS_MAX];
    int note_count;
    char notes[SPEED_NOTES_MAX][200];    // calibration, the contenders' versions, what the work is
    bool agrees;                         // all losses agree within the bench's tolerance
    void (*say)(const char *text);       // is told what is under way; NULL: nobody listens
} SpeedReport;

// A column of a bench's table: a field of SpeedRow.
typedef struct SpeedColumn {
    const char *name;
    enum { SPEED_TEXT, SPEED_COUNT, SPEED_REAL } kind;
    size_t offset;
    const char *format;    // for people; a CSV has six significant digits
    bool extra;            // not in the CSV that is printed: for people, and in the one that is kept
} SpeedColumn;

// A bench: one row of the registry in benchmarks/speed/benches.c.
typedef struct SpeedBench {
    const char *name, *help;
    ParamTable params;
    // Sets what the table's defaults cannot say ("all of them") before any parameter is given; NULL: nothing.
    void (*begin)(void *params);
    const SpeedColumn *columns;
    size_t column_count;
    // Fills the report. False with a message where the bench cannot run; a contender that is not installed is a note.
    bool (*run)(const void *params, SpeedReport *report, Error *error);
} SpeedBench;

extern const SpeedBench *const speed_benches[];
extern const size_t speed_bench_count;
const SpeedBench *speed_find(const char *name, Error *error);
extern const SpeedBench speed_kernels, speed_drqn, speed_envs, speed_mine, speed_sequence;

void *speed_params(const SpeedBench *bench);    // with their defaults; to be freed

// ---- what benches share --------------------------------------------------------------------------------------------------------------

double speed_rate(SpeedRate which);
double speed_product_ms(void);                     // one product of 512 x 512 by our kernel: the calibration of drqn and envs
SpeedTime speed_summary(double *ms, int count);    // sorts `ms`
SpeedTime speed_not_measured(void);
// The median over the turns of one time over another: what a machine whose speed drifts from turn to turn leaves as it is. NaN where a time
// is.
double speed_ratio(const double *over, const double *under, int count);
// The next row; losses that differ by more than `tolerance` (where there are two) clear report->agrees.
void speed_add(SpeedReport *report, SpeedRow row, double tolerance);
void speed_say(const SpeedReport *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
void speed_note(SpeedReport *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
double speed_difference(double a, double b);    // |a - b| / max(|a|, |b|, 0.1)

// Runs a part of a bench on the widest path of our kernels and again with AVX2 forced, or once on the path that ENGRAM_KERNELS names. What is
// said once about all paths is said when `first`. Contenders are held to AVX2 when kernels_path() is AVX2.
typedef bool SpeedPart(const void *params, bool first, SpeedReport *report, Error *error);
bool speed_each_path(SpeedPart *part, const void *params, SpeedReport *report, Error *error);

// The columns of benches that count milliseconds beside PyTorch.
#define SPEED_TIMES(who, field) offsetof(SpeedRow, time[who].field)
enum { SPEED_MS_COLUMNS = 14 };
extern const SpeedColumn speed_ms_columns[SPEED_MS_COLUMNS];

// ---- files -----------------------------------------------------------------------------------------------------------------------------

// The kind of machine, for names of folders: "x86-64-avx512-intel-6-207" (widest path of our kernels, vendor, family, model).
void speed_cpu_class(char *text, size_t size);
// One line about it: class, and the model as the CPU names itself.
void speed_cpu_describe(char *text, size_t size);

void speed_write_csv(const SpeedBench *bench, const SpeedReport *report, bool extra, FILE *out);
// Writes <results>/speed/<class>/<bench>.csv and .txt (its notes), and for kernels the figure below kernels/. *folder is the class's, to
// be freed. False with a message when something cannot be written; without gnuplot the tables are there all the same.
bool speed_save(const SpeedBench *bench, const SpeedReport *report, const char *results, char **folder, Error *error);
