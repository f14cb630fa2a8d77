#include "benchmarks/studies/coverage.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "analysis/bootstrap.h"
#include "analysis/bounded.h"
#include "analysis/proportion.h"
#include "analysis/scores.h"
#include "core/normal.h"
#include "core/rng.h"

static const ParamSpec rows[] = {
    {"data_sets", PARAM_INT, offsetof(CoverageParams, data_sets), "1000", 1, 1000000, NULL, "simulated for each cell"},
    {"replicates", PARAM_INT, offsetof(CoverageParams, replicates), "1000", 10, 1000000, NULL, "of each bootstrap"},
    {"seed", PARAM_INT, offsetof(CoverageParams, seed), "0", 0, 2147483647, NULL, "of all streams"},
};
const ParamTable coverage_params = {"bench statistics", rows, sizeof rows / sizeof *rows, sizeof(CoverageParams)};

enum { ROOM = COVERAGE_RUNS_MAX * COVERAGE_TASKS_MAX, TARGET_FACTOR = 40 };
static const double level = 0.95, near_one = 0.9, near_zero = 0.1, noise = 0.1;

// ---- distributions ---------------------------------------------------------------------------------------------------------

typedef enum Family { NORMAL, EXPONENTIAL, MIXTURE, BINARY } Family;
typedef struct Distribution {
    const char *name;
    Family family;
    double solved;    // probability
} Distribution;

static const Distribution distributions[] = {
    {"normal", NORMAL, 0},         {"exponential", EXPONENTIAL, 0}, {"mixture-0.5", MIXTURE, 0.5},
    {"mixture-0.7", MIXTURE, 0.7}, {"mixture-0.9", MIXTURE, 0.9},   {"binary-0.5", BINARY, 0.5},
    {"binary-0.9", BINARY, 0.9},
};
const int coverage_distribution_count = sizeof distributions / sizeof *distributions;

const char *coverage_distribution(int number) {
    return number >= 0 && number < coverage_distribution_count ? distributions[number].name : NULL;
}

// The parameter of an arm: standard deviation, mean, or the probability that a run solves its task.
static double parameter_of(const Distribution *distribution, int arm) {
    bool unbounded = distribution->family == NORMAL || distribution->family == EXPONENTIAL;
    if (unbounded) return arm == 0 ? 1 : 0.5;
    return arm == 0 ? distribution->solved : 0.5;
}

static double draw(const Distribution *distribution, int arm, Rng *rng) {
    double parameter = parameter_of(distribution, arm);
    switch (distribution->family) {
    case NORMAL: return parameter * rng_normal(rng);
    case EXPONENTIAL: return -parameter * log1p(-rng_uniform(rng));
    case BINARY: return rng_uniform(rng) < parameter;
    case MIXTURE: break;
    }
    double centre = rng_uniform(rng) < parameter ? near_one : near_zero;
    return fmin(1, fmax(0, centre + noise * rng_normal(rng)));
}

// Mean of N(centre, noise) clipped to [0, 1].
static double clipped_mean(double centre) {
    double a = -centre / noise, b = (1 - centre) / noise;
    return centre * (gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a)) -
           noise * (gsl_ran_ugaussian_pdf(b) - gsl_ran_ugaussian_pdf(a)) + gsl_cdf_ugaussian_Q(b);
}

static double mean_of(const Distribution *distribution, int arm) {
    double parameter = parameter_of(distribution, arm);
    switch (distribution->family) {
    case NORMAL: return 0;
    case EXPONENTIAL:
    case BINARY: return parameter;
    case MIXTURE: break;
    }
    return parameter * clipped_mean(near_one) + (1 - parameter) * clipped_mean(near_zero);
}

// ---- data sets ---------------------------------------------------------------------------------------------------------------

// A distribution with a number of runs and tasks, and what its intervals should cover.
typedef struct Cell {
    const Distribution *distribution;
    CoverageParams params;
    int runs, tasks, runs_of[COVERAGE_TASKS_MAX], task_of[ROOM];
    double mean, iqm, difference;
} Cell;

typedef struct Arm {
    double value[ROOM];                    // task by task
    double run_mean[COVERAGE_RUNS_MAX];    // over tasks
    Scores scores;
} Arm;

typedef struct DataSet {
    const Cell *cell;
    int number;
    Arm arm[2];
} DataSet;

// What a stream is for: each kind has its own, so that methods do not change each other's numbers.
typedef enum Purpose { DATA, TARGET, IQM, MEAN, DIFFERENCE } Purpose;

static uint64_t stream_of(const Cell *cell, Purpose purpose, int number) {
    return (uint64_t)(cell->distribution - distributions) << 48 | (uint64_t)cell->runs << 40 | (uint64_t)cell->tasks << 32 |
           (uint64_t)purpose << 28 | (uint64_t)number;
}

static void draw_arm(const Cell *cell, int which, Rng *rng, Arm *arm) {
    for (int i = 0; i < cell->runs * cell->tasks; i++) arm->value[i] = draw(cell->distribution, which, rng);
    for (int i = 0; i < cell->runs; i++) {
        double sum = 0;
        for (int t = 0; t < cell->tasks; t++) sum += arm->value[t * cell->runs + i];
        arm->run_mean[i] = sum / cell->tasks;
    }
    arm->scores = (Scores){cell->tasks, cell->runs_of, arm->value};
}

static Cell make_cell(int distribution, int runs, int tasks, const CoverageParams *params) {
    assert(distribution >= 0 && distribution < coverage_distribution_count);
    assert(runs >= 2 && runs <= COVERAGE_RUNS_MAX && tasks >= 1 && tasks <= COVERAGE_TASKS_MAX);
    Cell cell = {.distribution = &distributions[distribution], .params = *params, .runs = runs, .tasks = tasks};
    for (int t = 0; t < tasks; t++) cell.runs_of[t] = runs;
    for (int i = 0; i < runs * tasks; i++) cell.task_of[i] = i / runs;
    cell.mean = mean_of(cell.distribution, 0);
    cell.difference = cell.mean - mean_of(cell.distribution, 1);
    // The expectation of the IQM, from so many more sets that its error does not show in the coverage.
    Rng rng = rng_stream((uint64_t)params->seed, RNG_BOOTSTRAP, stream_of(&cell, TARGET, 0));
    double sum = 0;
    for (int s = 0; s < TARGET_FACTOR * params->data_sets; s++) {
        Arm arm;
        draw_arm(&cell, 0, &rng, &arm);
        sum += scores_iqm(&arm.scores);
    }
    cell.iqm = sum / ((double)TARGET_FACTOR * params->data_sets);
    return cell;
}

// ---- methods -----------------------------------------------------------------------------------------------------------------

static Bootstrap bootstrap_of(const DataSet *set, Purpose purpose, BootstrapMethod method) {
    const Cell *cell = set->cell;
    return (Bootstrap){.replicates = cell->params.replicates,
                       .level = level,
                       .method = method,
                       .seed = (uint64_t)cell->params.seed,
                       .index = stream_of(cell, purpose, set->number)};
}

static Interval iqm_percentile(const DataSet *set) {
    Bootstrap options = bootstrap_of(set, IQM, BOOTSTRAP_PERCENTILE);
    return bootstrap_interval(&set->arm[0].scores, scores_iqm, &options);
}

static Interval mean_percentile(const DataSet *set) {
    Bootstrap options = bootstrap_of(set, MEAN, BOOTSTRAP_PERCENTILE);
    return bootstrap_interval(&set->arm[0].scores, scores_mean, &options);
}

static Interval mean_bca(const DataSet *set) {
    Bootstrap options = bootstrap_of(set, MEAN, BOOTSTRAP_BCA);
    return bootstrap_interval(&set->arm[0].scores, scores_mean, &options);
}

static Interval mean_t(const DataSet *set) {
    return estimate_interval(estimate_mean(set->arm[0].run_mean, set->cell->runs), level);
}

static Estimate stratified(const DataSet *set, int arm) {
    return estimate_stratified(set->arm[arm].value, set->cell->task_of, set->cell->runs * set->cell->tasks);
}

static Interval mean_stratified(const DataSet *set) {
    return estimate_interval(stratified(set, 0), level);
}

static Interval mean_bounded(const DataSet *set) {
    return bounded_interval(set->arm[0].run_mean, set->cell->runs, 0, 1, level);
}

static Interval mean_exact(const DataSet *set) {
    int solved = 0;
    for (int i = 0; i < set->cell->runs; i++) solved += set->arm[0].value[i] == 1;
    return proportion_interval(solved, set->cell->runs, level);
}

static Interval difference_percentile(const DataSet *set) {
    Bootstrap options = bootstrap_of(set, DIFFERENCE, BOOTSTRAP_PERCENTILE);
    return bootstrap_pair_interval(&set->arm[0].scores, &set->arm[1].scores, scores_mean_difference, &options);
}

static Interval difference_welch(const DataSet *set) {
    int runs = set->cell->runs;
    return estimate_interval(
        estimate_difference(estimate_mean(set->arm[0].run_mean, runs), estimate_mean(set->arm[1].run_mean, runs)), level);
}

static Interval difference_stratified(const DataSet *set) {
    return estimate_interval(estimate_difference(stratified(set, 0), stratified(set, 1)), level);
}

// Bonferroni: one bound of each arm, each with half of the error.
static Interval difference_bounded(const DataSet *set) {
    Interval x = bounded_interval(set->arm[0].run_mean, set->cell->runs, 0, 1, (1 + level) / 2);
    Interval y = bounded_interval(set->arm[1].run_mean, set->cell->runs, 0, 1, (1 + level) / 2);
    return (Interval){x.low - y.high, x.high - y.low};
}

// Scores that a method is for.
typedef enum Domain { ANY_SCORE, BOUNDED_SCORE, SHARE_OF_ONE_TASK } Domain;

typedef struct Method {
    const char *quantity, *name;
    Domain domain;
    size_t target;    // the field of Cell
    Interval (*interval)(const DataSet *set);
} Method;

static const Method methods[] = {
    {"iqm", "percentile", ANY_SCORE, offsetof(Cell, iqm), iqm_percentile},
    {"mean", "percentile", ANY_SCORE, offsetof(Cell, mean), mean_percentile},
    {"mean", "bca", ANY_SCORE, offsetof(Cell, mean), mean_bca},
    {"mean", "t", ANY_SCORE, offsetof(Cell, mean), mean_t},
    {"mean", "stratified-t", ANY_SCORE, offsetof(Cell, mean), mean_stratified},
    {"mean", "bounded", BOUNDED_SCORE, offsetof(Cell, mean), mean_bounded},
    {"mean", "clopper-pearson", SHARE_OF_ONE_TASK, offsetof(Cell, mean), mean_exact},
    {"difference", "percentile", ANY_SCORE, offsetof(Cell, difference), difference_percentile},
    {"difference", "welch", ANY_SCORE, offsetof(Cell, difference), difference_welch},
    {"difference", "stratified-welch", ANY_SCORE, offsetof(Cell, difference), difference_stratified},
    {"difference", "bounded", BOUNDED_SCORE, offsetof(Cell, difference), difference_bounded},
};
enum { METHODS = sizeof methods / sizeof *methods };

static bool applies(const Method *method, const Cell *cell) {
    Family family = cell->distribution->family;
    switch (method->domain) {
    case ANY_SCORE: return true;
    case BOUNDED_SCORE: return family == MIXTURE || family == BINARY;
    case SHARE_OF_ONE_TASK: return family == BINARY && cell->tasks == 1;
    }
    return false;
}

// See the head of coverage.h.
static bool is_standard(const Method *method, const Cell *cell) {
    Family family = cell->distribution->family;
    const char *name = method->name;
    if (strcmp(method->quantity, "iqm") == 0) return cell->runs >= 5;
    if (strcmp(method->quantity, "difference") == 0) return strcmp(name, "stratified-welch") == 0;
    if (cell->tasks > 1 || family == NORMAL || family == EXPONENTIAL) return strcmp(name, "stratified-t") == 0;
    return strcmp(name, family == BINARY ? "clopper-pearson" : "bounded") == 0;
}

// ---- counting ----------------------------------------------------------------------------------------------------------------

static void count(const Method *method, const DataSet *set, CoverageRow *row) {
    double target;
    memcpy(&target, (const char *)set->cell + method->target, sizeof target);
    Interval interval = method->interval(set);
    if (isnan(interval.low) || isnan(interval.high)) {
        row->undefined++;
        return;
    }
    const double rounding = 1e-12;    // an end that is the target itself covers it
    row->covered += interval.low <= target + rounding && interval.high >= target - rounding;
    row->width += interval.high - interval.low;    // a sum until all are counted
}

void coverage_cell(int distribution, int runs, int tasks, CoverageReport *report) {
    Cell cell = make_cell(distribution, runs, tasks, &report->params);
    CoverageRow *first = &report->rows[report->row_count];
    const Method *used[METHODS];
    int count_used = 0;
    for (int m = 0; m < METHODS; m++) {
        if (!applies(&methods[m], &cell)) continue;
        assert(report->row_count < COVERAGE_ROWS_MAX);
        used[count_used++] = &methods[m];
        report->rows[report->row_count++] = (CoverageRow){.distribution = cell.distribution->name,
                                                          .quantity = methods[m].quantity,
                                                          .method = methods[m].name,
                                                          .runs = runs,
                                                          .tasks = tasks,
                                                          .data_sets = report->params.data_sets,
                                                          .standard = is_standard(&methods[m], &cell)};
    }
    for (int s = 0; s < report->params.data_sets; s++) {
        DataSet set = {.cell = &cell, .number = s};
        Rng rng = rng_stream((uint64_t)report->params.seed, RNG_BOOTSTRAP, stream_of(&cell, DATA, s));
        for (int a = 0; a < 2; a++) draw_arm(&cell, a, &rng, &set.arm[a]);
        for (int m = 0; m < count_used; m++) count(used[m], &set, &first[m]);
    }
    for (int m = 0; m < count_used; m++) first[m].width /= first[m].data_sets - first[m].undefined;
}

void coverage_run(const CoverageParams *params, CoverageReport *report, void (*say)(const char *text)) {
    static const int runs[] = {3, 5, 10, 20}, tasks[] = {1, 8};
    report->params = *params;
    report->row_count = 0;
    for (int d = 0; d < coverage_distribution_count; d++) {
        if (say) say(coverage_distribution(d));
        for (int t = 0; t < 2; t++) {
            for (int r = 0; r < 4; r++) coverage_cell(d, runs[r], tasks[t], report);
        }
    }
}

// ---- the table ---------------------------------------------------------------------------------------------------------------

double coverage_share(const CoverageRow *row) {
    return (double)row->covered / row->data_sets;
}

Interval coverage_interval(const CoverageRow *row) {
    return proportion_interval(row->covered, row->data_sets, 0.95);
}

const char *const coverage_columns[COVERAGE_COLUMNS] = {"distribution", "runs", "tasks", "quantity", "method",    "data_sets",
                                                        "coverage",     "low",  "high",  "width",    "undefined", "default"};

void coverage_write_csv(const CoverageReport *report, FILE *out) {
    for (int c = 0; c < COVERAGE_COLUMNS; c++) fprintf(out, "%s%s", c ? "," : "", coverage_columns[c]);
    fputc('\n', out);
    for (int i = 0; i < report->row_count; i++) {
        const CoverageRow *row = &report->rows[i];
        Interval interval = coverage_interval(row);
        fprintf(out, "%s,%d,%d,%s,%s,%d,%.4f,%.4f,%.4f,", row->distribution, row->runs, row->tasks, row->quantity, row->method,
                row->data_sets, coverage_share(row), interval.low, interval.high);
        if (isfinite(row->width)) fprintf(out, "%.4g", row->width);    // else the cell stays empty
        fprintf(out, ",%d,%s\n", row->undefined, row->standard ? "yes" : "no");
    }
}
