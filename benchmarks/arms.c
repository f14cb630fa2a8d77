#include "benchmarks/arms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/measure.h"
#include "benchmarks/selector.h"
#include "core/arena.h"

Arm arm_create(size_t room) {
    return (Arm){.value = memory_zeroed(room + 1, sizeof(double)),
                 .other = memory_zeroed(room + 1, sizeof(double)),
                 .failed = memory_zeroed(room + 1, sizeof(bool)),
                 .stratum = memory_zeroed(room + 1, sizeof(int)),
                 .block = memory_zeroed(room + 1, sizeof(int)),
                 .seed = memory_zeroed(room + 1, sizeof(int64_t)),
                 .run = memory_zeroed(room + 1, sizeof(char *)),
                 .label = memory_zeroed(room + 1, sizeof(char *))};
}

void arm_free(Arm *arm) {
    for (int i = 0; i < arm->n; i++) {
        free(arm->run[i]);
        free(arm->label[i]);
    }
    free(arm->value);
    free(arm->other);
    free(arm->failed);
    free(arm->stratum);
    free(arm->block);
    free(arm->seed);
    free(arm->run);
    free(arm->label);
}

int arm_add(Arm *arm, const char *run, const char *label, int64_t seed) {
    int at = arm->n++;
    arm->value[at] = arm->other[at] = NAN;
    arm->seed[at] = seed;
    arm->run[at] = memory_format("%s", run);
    arm->label[at] = memory_format("%s", label);
    return at;
}

void arms_free(Arms *arms) {
    for (int i = 0; i < arms->count; i++) arm_free(&arms->arms[i]);
    free(arms->arms);
    *arms = (Arms){0};
}

// ---- which combination a run belongs to, apart from what tells the arms apart -------------------------------------------------

// Axes that a selector of an arm divides, or that the trend goes along, do not make a stratum.
static bool makes_stratum(const ClaimSpec *spec, const Experiment *experiment, const Axis *axis) {
    if (spec->across && strcmp(spec->across, axis->name) == 0) return false;
    if (spec->order_count > 0 && selector_divides(&spec->order[0], experiment, axis)) return false;
    return !spec->apart ||
           !(selector_divides(&spec->a.where, experiment, axis) || selector_divides(&spec->b.where, experiment, axis));
}

static bool same_combination(const ClaimSpec *spec, const Experiment *experiment, const SweepRun *a, const SweepRun *b) {
    for (size_t i = 0; i < experiment->axis_count; i++) {
        bool differ = strcmp(a->values[i], b->values[i]) != 0;
        if (differ && makes_stratum(spec, experiment, &experiment->axes[i])) return false;
    }
    return true;
}

// Numbered by the first run of the sweep that has the same combination.
static int stratum_of(const ClaimSpec *spec, const Gathering *gathering, const SweepRun *run) {
    for (size_t i = 0; i < gathering->count; i++) {
        if (same_combination(spec, gathering->experiment, gathering->runs[i].run, run)) return gathering->runs[i].combination;
    }
    return 0;
}

// ---- one run -----------------------------------------------------------------------------------------------------------------

// Beside mine/bank stands mine/bank-unreliable: 1 where the estimator doubts its value.
static bool is_doubted(const Measure *measure, Gathering *gathering, size_t run, bool *doubted, Error *error) {
    *doubted = false;
    if (strncmp(measure->series, "mine/", 5) != 0) return true;
    Measure flag = *measure;
    flag.series = memory_format("%s-unreliable", measure->series);
    flag.reduce = REDUCE_MAX;
    flag.reaches = flag.falls = false;
    bool there;
    double value = 0;
    bool good =
        gather_has(gathering, run, flag.series, &there, error) && (!there || measure_run(&flag, gathering, run, &value, error));
    free(flag.series);
    *doubted = value > 0;
    return good;
}

static bool read_run(const Measure *a, const Measure *b, Gathering *gathering, size_t run, Arm *arm, int at, Error *error) {
    bool doubt_a, doubt_b = false;
    bool good =
        measure_run(a, gathering, run, &arm->value[at], error) && is_doubted(a, gathering, run, &doubt_a, error) &&
        (!b || (measure_run(b, gathering, run, &arm->other[at], error) && is_doubted(b, gathering, run, &doubt_b, error)));
    if (good) arm->unreliable += doubt_a || doubt_b;
    return good;
}

// The next row of the arm, for a run that has ended one way or the other.
static int add_row(const ClaimSpec *spec, const Gathering *gathering, const GatheredRun *gathered, Arm *arm) {
    int at = arm_add(arm, gathered->run->name, gathered->run->label, gathered->run->seed);
    arm->failed[at] = gathered->status == RUN_FAILED;
    arm->stratum[at] = stratum_of(spec, gathering, gathered->run);
    arm->block[at] = (int)(gathered->run->seed - gathering->experiment->first_seed);
    return at;
}

static bool has_ended(const GatheredRun *gathered) {
    return gathered->log || gathered->status == RUN_FAILED;
}

// The runs that `where` and, with an arm of its own, its selector choose. `b`: measured in the same runs, or NULL.
static bool read_arm(const ClaimSpec *spec, const ArmSpec *chosen, const Selector *where, const Measure *b,
                     Gathering *gathering, Arm *arm, Error *error) {
    *arm = arm_create(gathering->count);
    for (size_t i = 0; i < gathering->count; i++) {
        const GatheredRun *gathered = &gathering->runs[i];
        if (!arm_covers(spec, chosen, gathered->run) || (where && !selector_covers(where, gathered->run))) continue;
        if (!has_ended(gathered)) continue;
        int at = add_row(spec, gathering, gathered, arm);
        if (!arm->failed[at] && !read_run(&chosen->measure, b, gathering, i, arm, at, error)) return false;
    }
    if (arm->n > 0) return true;
    const Selector *asked = where ? where : chosen->where.count ? &chosen->where : &spec->where;
    char *text = selector_text(asked);
    if (chosen->has_seeds) {
        error_set(error, "no run that has ended has %s%sa seed of %lld..%lld", text, *text ? " and " : "",
                  (long long)chosen->seeds.first, (long long)chosen->seeds.last);
    } else {
        error_set(error, "no run of this sweep that has ended has %s", *text ? text : "been finished");
    }
    free(text);
    return false;
}

// ---- pairs -------------------------------------------------------------------------------------------------------------------

static int partner_of(const Arm *a, int at, const Arm *b) {
    for (int i = 0; i < b->n; i++) {
        if (b->seed[i] == a->seed[at] && b->stratum[i] == a->stratum[at]) return i;
    }
    return -1;
}

static void replace(Arm *arm, Arm with) {
    Arm before = *arm;
    *arm = with;
    arm_free(&before);
}

static void copy_row(const Arm *from, int row, Arm *to) {
    int at = arm_add(to, from->run[row], from->label[row], from->seed[row]);
    to->value[at] = from->value[row];
    to->other[at] = from->other[row];
    to->failed[at] = from->failed[row];
    to->stratum[at] = from->stratum[row];
    to->block[at] = from->block[row];
}

// Where an arm has several runs of one seed and combination (several cells, say), their mean takes their place: a seed counts once.
static void take_means(Arm *runs) {
    Arm means = arm_create((size_t)runs->n);
    means.unreliable = runs->unreliable;
    for (int i = 0; i < runs->n; i++) {
        if (partner_of(runs, i, &means) >= 0) continue;
        copy_row(runs, i, &means);
        int at = means.n - 1, count = 0;
        double sum = 0;
        for (int k = i; k < runs->n; k++) {
            if (runs->seed[k] != runs->seed[i] || runs->stratum[k] != runs->stratum[i]) continue;
            means.failed[at] = means.failed[at] || runs->failed[k];
            sum += runs->value[k];
            count++;
        }
        means.value[at] = sum / count;    // NaN where one broke down
    }
    replace(runs, means);
}

static bool all_have(const Arms *arms, int row) {
    for (int i = 1; i < arms->count; i++) {
        if (partner_of(&arms->arms[0], row, &arms->arms[i]) < 0) return false;
    }
    return true;
}

// Keeps the runs that have partners in all arms, in the order of the first. What has none is not finished, or was not asked for: it is no
// failure.
static void align(Arms *arms) {
    Arms aligned = {.count = arms->count, .arms = memory_zeroed((size_t)arms->count + 1, sizeof(Arm))};
    const Arm *first = &arms->arms[0];
    for (int i = 0; i < arms->count; i++) {
        const Arm *arm = &arms->arms[i];
        aligned.arms[i] = arm_create((size_t)first->n);
        aligned.arms[i].unreliable = arm->unreliable;
        for (int row = 0; row < first->n; row++) {
            if (all_have(arms, row)) copy_row(arm, partner_of(first, row, arm), &aligned.arms[i]);
        }
    }
    arms_free(arms);
    *arms = aligned;
}

// ---- trends ------------------------------------------------------------------------------------------------------------------

// Least-squares slope of value against log2 of the parameter, over the runs of one seed and combination.
static double slope_of(const double *x, const double *y, int n) {
    double mean_x = 0, mean_y = 0, products = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    for (int i = 0; i < n; i++) {
        products += (x[i] - mean_x) * (y[i] - mean_y);
        squares += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return squares > 0 ? products / squares : NAN;
}

static double difficulty_of(const ClaimSpec *spec, const Gathering *gathering, const char *run) {
    char text[PARAM_TEXT_SIZE] = "";
    for (size_t i = 0; i < gathering->count; i++) {
        const SweepRun *swept = gathering->runs[i].run;
        if (strcmp(swept->name, run) == 0) experiment_value(gathering->experiment, swept, spec->across, text);
    }
    return log2(atof(text));
}

// One row per seed and combination in the place of one per run.
static void take_slopes(const ClaimSpec *spec, const Gathering *gathering, Arm *runs) {
    Arm slopes = arm_create((size_t)runs->n);
    slopes.unreliable = runs->unreliable;
    double *x = memory_alloc(sizeof(double) * 2 * (size_t)runs->n), *y = x + runs->n;
    for (int i = 0; i < runs->n; i++) {
        if (partner_of(runs, i, &slopes) >= 0) continue;
        int at = arm_add(&slopes, runs->run[i], runs->label[i], runs->seed[i]), n = 0;
        slopes.block[at] = runs->block[i];
        slopes.stratum[at] = runs->stratum[i];
        for (int k = i; k < runs->n; k++) {
            if (runs->seed[k] != runs->seed[i] || runs->stratum[k] != runs->stratum[i]) continue;
            slopes.failed[at] = slopes.failed[at] || runs->failed[k];
            x[n] = difficulty_of(spec, gathering, runs->run[k]);
            y[n++] = runs->value[k];
        }
        slopes.value[at] = slope_of(x, y, n);    // NaN where a run broke down
    }
    free(x);
    replace(runs, slopes);
}

// ---- all arms of a claim -----------------------------------------------------------------------------------------------------

// Ordered arms share their seeds: all are kept to those that all of them have.
static bool read_order(const ClaimSpec *spec, Gathering *gathering, Arms *arms, Error *error) {
    for (size_t i = 0; i < spec->order_count; i++) {
        Arm *arm = &arms->arms[arms->count++];
        if (!read_arm(spec, &spec->a, &spec->order[i], NULL, gathering, arm, error)) return false;
        take_means(arm);
    }
    align(arms);
    return true;
}

static bool read_apart(const ClaimSpec *spec, Gathering *gathering, Arms *arms, Error *error) {
    arms->count = 2;
    if (!read_arm(spec, &spec->a, NULL, NULL, gathering, &arms->arms[0], error) ||
        !read_arm(spec, &spec->b, NULL, NULL, gathering, &arms->arms[1], error)) {
        return false;
    }
    take_means(&arms->arms[0]);
    take_means(&arms->arms[1]);
    if (spec->claim.paired) align(arms);
    return true;
}

bool arms_read(const ClaimSpec *spec, Gathering *gathering, Arms *arms, Error *error) {
    *arms = (Arms){.arms = memory_zeroed(spec->order_count + 2, sizeof(Arm))};
    if (spec->order_count > 0) return read_order(spec, gathering, arms, error);
    if (spec->apart) return read_apart(spec, gathering, arms, error);
    arms->count = 1;
    const Measure *b = spec->has_b ? &spec->b.measure : NULL;
    if (!read_arm(spec, &spec->a, NULL, b, gathering, &arms->arms[0], error)) return false;
    if (spec->across) take_slopes(spec, gathering, &arms->arms[0]);
    return true;
}

ClaimArm arm_of_claim(const Arm *arm, bool ranked) {
    return (ClaimArm){.value = arm->value,
                      .other = ranked ? arm->other : NULL,
                      .failed = arm->failed,
                      .stratum = arm->stratum,
                      .block = arm->block,
                      .n = arm->n};
}

ClaimArm arm_of_other(const Arm *arm) {
    ClaimArm other = arm_of_claim(arm, false);
    other.value = arm->other;
    return other;
}

int arm_distinct_seeds(const Arm *arm) {
    int count = 0;
    for (int i = 0; i < arm->n; i++) {
        bool seen = arm->failed[i];
        for (int k = 0; k < i && !seen; k++) seen = !arm->failed[k] && arm->seed[k] == arm->seed[i];
        count += !seen;
    }
    return count;
}

// ---- before there are runs ---------------------------------------------------------------------------------------------------

static bool is_counted(const ClaimSpec *spec, const ArmSpec *arm, const Selector *where, const SweepRun *run) {
    return arm_covers(spec, arm, run) && (!where || selector_covers(where, run));
}

int arms_planned(const ClaimSpec *spec, const ArmSpec *arm, const Selector *where, const Experiment *experiment,
                 const Sweep *sweep) {
    bool merged = spec->apart || spec->across || spec->order_count > 0;    // into one for each seed and combination
    int count = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        const SweepRun *run = &sweep->runs[i];
        bool counts = is_counted(spec, arm, where, run);
        for (size_t k = 0; k < i && counts && merged; k++) {
            const SweepRun *earlier = &sweep->runs[k];
            counts = earlier->seed != run->seed || !is_counted(spec, arm, where, earlier) ||
                     !same_combination(spec, experiment, earlier, run);
        }
        count += counts;
    }
    return count;
}
