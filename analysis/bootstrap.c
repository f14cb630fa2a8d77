#include "analysis/bootstrap.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/rng.h"

const char *const bootstrap_method_names[BOOTSTRAP_METHOD_COUNT] = {"percentile", "basic", "bc", "bca"};
const Bootstrap bootstrap_default = {.replicates = 50000, .level = 0.95, .method = BOOTSTRAP_PERCENTILE};
static const Interval UNDEFINED = {NAN, NAN};

// ---- drawing -------------------------------------------------------------------------------------------------------------

// A stream whose words are made in advance, several times faster than one by one.
enum { WORDS = 1024 };
typedef struct Draws {
    Rng rng;
    int next;    // WORDS: none is left
    uint32_t word[WORDS];
} Draws;

static void draws_begin(Draws *draws, const Bootstrap *options) {
    draws->rng = rng_stream(options->seed, RNG_BOOTSTRAP, options->index);
    draws->next = WORDS;
}

// The numbers of rng_below.
static int draw_below(Draws *draws, int bound) {
    for (;;) {
        if (draws->next == WORDS) {
            rng_words(&draws->rng, draws->word, WORDS);
            draws->next = 0;
        }
        uint64_t product = (uint64_t)draws->word[draws->next++] * (uint32_t)bound;
        // Rejected are less than `bound` values: only below that must their exact number be known.
        if ((uint32_t)product >= (uint32_t)bound || (uint32_t)product >= -(uint32_t)bound % (uint32_t)bound)
            return (int)(product >> 32);
    }
}

// ---- what is resampled ---------------------------------------------------------------------------------------------------

// Two sets of scores with a statistic of them; where there is but one, the second has no tasks. Rows of several numbers are a
// curve, and the statistic is taken at each step; a function is taken at each point.
enum { ARMS = 2 };
typedef struct Subject {
    Scores arm[ARMS];
    int steps;     // numbers in a row
    int points;    // values that make the result: steps, or the function's
    enum { OF_ONE, OF_TWO, FUNCTION } kind;
    union {
        ScoreStatistic *one;
        ScorePairStatistic *two;
        ScoreFunction *function;
    };
    const double *at;    // of the function
} Subject;

// Room for a replicate: rows drawn (their numbers in the data), the runs of each task, and the scores at one step.
typedef struct Replicate {
    Scores arm[ARMS];
    int *row[ARMS], *runs[ARMS];
    double *value[ARMS];
} Replicate;

static int most_runs(const Scores *x) {
    int most = 0;
    for (int t = 0; t < x->tasks; t++) most = x->runs[t] > most ? x->runs[t] : most;
    return most;
}

// With tasks drawn, all of them may have the most runs.
static void replicate_init(Replicate *replicate, const Subject *subject) {
    for (int a = 0; a < ARMS; a++) {
        const Scores *x = &subject->arm[a];
        size_t room = (size_t)x->tasks * (size_t)most_runs(x);
        int *rows = memory_alloc(sizeof(int) * (room + (size_t)x->tasks + 1));
        replicate->row[a] = rows;
        replicate->runs[a] = rows + room;
        replicate->value[a] = memory_alloc(sizeof(double) * (room + 1));
        replicate->arm[a] = (Scores){x->tasks, replicate->runs[a], replicate->value[a]};
    }
}

static void replicate_free(Replicate *replicate) {
    for (int a = 0; a < ARMS; a++) {
        free(replicate->row[a]);
        free(replicate->value[a]);
    }
}

// The first row of each task.
static int *first_rows(const Scores *x) {
    int *first = memory_alloc(sizeof(int) * (size_t)(x->tasks + 1));
    for (int t = 0, row = 0; t < x->tasks; row += x->runs[t++]) first[t] = row;
    return first;
}

// Draws the rows of one set: of task[t] in place of task t, or of the tasks themselves.
static void draw_rows(Draws *draws, const Scores *x, const int *first, const int *task, int *row, int *runs) {
    for (int t = 0; t < x->tasks; t++) {
        int from = task ? task[t] : t, n = x->runs[from];
        runs[t] = n;
        for (int i = 0; i < n; i++) *row++ = first[from] + draw_below(draws, n);
    }
}

// The replicate's scores, as the rows have them at one step.
static void take_rows(Replicate *replicate, const Subject *subject, int step) {
    for (int a = 0; a < ARMS; a++) {
        const double *column = subject->arm[a].value + step;
        int count = scores_count(&replicate->arm[a]);
        for (int i = 0; i < count; i++) replicate->value[a][i] = column[(size_t)replicate->row[a][i] * (size_t)subject->steps];
    }
}

static double statistic_of(const Subject *subject, const Scores arm[ARMS], int point) {
    switch (subject->kind) {
    case OF_ONE: return subject->one(&arm[0]);
    case OF_TWO: return subject->two(&arm[0], &arm[1]);
    case FUNCTION: return subject->function(&arm[0], subject->at[point]);
    }
    return NAN;
}

// The statistic at every point, with the rows that the replicate has.
static void evaluate(const Subject *subject, Replicate *replicate, double *out, size_t stride) {
    for (int p = 0; p < subject->points; p++) {
        if (p == 0 || subject->steps > 1) take_rows(replicate, subject, subject->steps > 1 ? p : 0);
        out[(size_t)p * stride] = statistic_of(subject, replicate->arm, p);
    }
}

// theta[points][replicates].
static void draw_replicates(const Subject *subject, const Bootstrap *options, double *theta) {
    Draws *draws = memory_alloc(sizeof *draws);
    draws_begin(draws, options);
    int *first[ARMS], *task = NULL, tasks = subject->arm[0].tasks;
    for (int a = 0; a < ARMS; a++) first[a] = first_rows(&subject->arm[a]);
    if (options->tasks) task = memory_alloc(sizeof(int) * (size_t)tasks);
    Replicate replicate;
    replicate_init(&replicate, subject);
    for (int r = 0; r < options->replicates; r++) {
        for (int t = 0; task && t < tasks; t++) task[t] = draw_below(draws, tasks);
        for (int a = 0; a < ARMS; a++) draw_rows(draws, &subject->arm[a], first[a], task, replicate.row[a], replicate.runs[a]);
        evaluate(subject, &replicate, theta + r, (size_t)options->replicates);
    }
    replicate_free(&replicate);
    for (int a = 0; a < ARMS; a++) free(first[a]);
    free(task);
    free(draws);
}

// The statistic of the data themselves.
static void evaluate_data(const Subject *subject, double *out) {
    Replicate whole;
    replicate_init(&whole, subject);
    for (int a = 0; a < ARMS; a++) {
        const Scores *x = &subject->arm[a];
        for (int t = 0; t < x->tasks; t++) whole.runs[a][t] = x->runs[t];
        int count = scores_count(x);
        for (int i = 0; i < count; i++) whole.row[a][i] = i;
    }
    evaluate(subject, &whole, out, 1);
    replicate_free(&whole);
}

// ---- acceleration ----------------------------------------------------------------------------------------------------------

// The runs that every task of every set has; 0 if they differ.
static int common_runs(const Subject *subject) {
    int runs = subject->arm[0].runs[0];
    for (int a = 0; a < ARMS; a++) {
        for (int t = 0; t < subject->arm[a].tasks; t++) {
            if (subject->arm[a].runs[t] != runs) return 0;
        }
    }
    return runs;
}

// All rows but the one of run `left_out` in each task.
static void leave_out(const Subject *subject, int left_out, Replicate *replicate) {
    for (int a = 0; a < ARMS; a++) {
        int *row = replicate->row[a], from = 0;
        for (int t = 0; t < subject->arm[a].tasks; t++) {
            int n = subject->arm[a].runs[t];
            replicate->runs[a][t] = n - 1;
            for (int i = 0; i < n; i++, from++) {
                if (i != left_out) *row++ = from;
            }
        }
    }
}

// acceleration[points], from the jackknife over runs; NaN where it is not defined.
static void find_acceleration(const Subject *subject, double *acceleration) {
    int n = common_runs(subject);
    size_t points = (size_t)subject->points, count = n > 1 ? (size_t)n : 0;
    double *jackknife = memory_alloc(sizeof(double) * (points * count + 1));    // [points][n]
    Replicate replicate;
    replicate_init(&replicate, subject);
    for (size_t i = 0; i < count; i++) {
        leave_out(subject, (int)i, &replicate);
        evaluate(subject, &replicate, jackknife + i, count);
    }
    replicate_free(&replicate);
    for (size_t p = 0; p < points; p++) {
        const double *own = jackknife + p * count;
        double mean = count > 0 ? gsl_stats_mean(own, 1, count) : NAN, squares = 0, cubes = 0;
        for (size_t i = 0; i < count; i++) {
            double d = mean - own[i];
            squares += d * d;
            cubes += d * d * d;
        }
        acceleration[p] = count > 0 && squares > 0 ? cubes / (6 * pow(squares, 1.5)) : NAN;
    }
    free(jackknife);
}

// ---- intervals of replicates -----------------------------------------------------------------------------------------------

// Of sorted replicates, which may begin with -INFINITY.
static double quantile(const double *sorted, int n, double level) {
    size_t below = (size_t)((n - 1) * level);
    if (isinf(sorted[below])) return sorted[below];    // not 0 times infinity
    return gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)n, level);
}

// z0: how far the statistic lies from the median of its replicates. What differs by rounding alone is a tie.
static double bias_of(const double *sorted, int n, double value) {
    double slack = 1e-12 * fabs(value);
    int below = 0;
    while (below < n && sorted[below] < value - slack) below++;
    return below == 0 || below == n ? NAN : gsl_cdf_ugaussian_Pinv((double)below / n);
}

// Sorts the replicates. The acceleration is read by bca only.
static Interval interval_of(double *theta, double value, double acceleration, const Bootstrap *options) {
    int n = options->replicates;
    for (int r = 0; r < n; r++) {
        if (isnan(theta[r])) return UNDEFINED;
    }
    gsl_sort(theta, 1, (size_t)n);
    double tail = (1 - options->level) / 2;
    if (options->method == BOOTSTRAP_PERCENTILE) return (Interval){quantile(theta, n, tail), quantile(theta, n, 1 - tail)};
    if (!isfinite(value) || !isfinite(theta[0])) return UNDEFINED;
    if (options->method == BOOTSTRAP_BASIC)
        return (Interval){2 * value - quantile(theta, n, 1 - tail), 2 * value - quantile(theta, n, tail)};
    double bias = bias_of(theta, n, value), scale = options->method == BOOTSTRAP_BCA ? acceleration : 0, end[2];
    if (isnan(bias) || isnan(scale)) return UNDEFINED;
    for (int side = 0; side < 2; side++) {
        double z = bias + gsl_cdf_ugaussian_Pinv(side ? 1 - tail : tail), stretch = 1 - scale * z;
        if (stretch <= 0) return UNDEFINED;    // beyond the pole of the correction
        end[side] = quantile(theta, n, gsl_cdf_ugaussian_P(bias + z / stretch));
    }
    return (Interval){end[0], end[1]};
}

// band[points]; the scores of all sets are defined.
static void intervals(const Subject *subject, const Bootstrap *options, Interval *band) {
    size_t points = (size_t)subject->points, replicates = (size_t)options->replicates;
    double *theta = memory_alloc(sizeof(double) * points * (replicates + 2));
    double *value = theta + points * replicates, *acceleration = value + points;
    evaluate_data(subject, value);
    for (size_t p = 0; p < points; p++) acceleration[p] = NAN;
    if (options->method == BOOTSTRAP_BCA) find_acceleration(subject, acceleration);
    draw_replicates(subject, options, theta);
    for (size_t p = 0; p < points; p++) band[p] = interval_of(theta + p * replicates, value[p], acceleration[p], options);
    free(theta);
}

static void check_options(const Bootstrap *options) {
    assert(options->replicates > 0 && options->level > 0 && options->level < 1);
    assert(options->method >= 0 && options->method < BOOTSTRAP_METHOD_COUNT);
}

Interval bootstrap_interval(const Scores *x, ScoreStatistic *statistic, const Bootstrap *options) {
    check_options(options);
    if (!scores_defined(x)) return UNDEFINED;
    Interval interval;
    Subject subject = {.steps = 1, .points = 1, .kind = OF_ONE, .one = statistic};
    subject.arm[0] = *x;
    intervals(&subject, options, &interval);
    return interval;
}

Interval bootstrap_pair_interval(const Scores *x, const Scores *y, ScorePairStatistic *statistic, const Bootstrap *options) {
    check_options(options);
    if (x->tasks != y->tasks || !scores_defined(x) || !scores_defined(y)) return UNDEFINED;
    Interval interval;
    Subject subject = {.steps = 1, .points = 1, .kind = OF_TWO, .two = statistic};
    subject.arm[0] = *x, subject.arm[1] = *y;
    intervals(&subject, options, &interval);
    return interval;
}

void bootstrap_function(const Scores *x, ScoreFunction *function, const double *at, int count, const Bootstrap *options,
                        Interval *band) {
    check_options(options);
    for (int p = 0; p < count; p++) band[p] = UNDEFINED;
    if (count < 1 || !scores_defined(x)) return;
    Subject subject = {.steps = 1, .points = count, .kind = FUNCTION, .function = function, .at = at};
    subject.arm[0] = *x;
    intervals(&subject, options, band);
}

// ---- curves ----------------------------------------------------------------------------------------------------------------

// The quantile `level` over replicates of the largest |theta_r(t) - theta(t)| / sd(t); sd 0 or NaN leaves a step out.
static double sup_t(const double *theta, const CurvePoint *curve, const double *sd, int steps, const Bootstrap *options) {
    int replicates = options->replicates;
    double *largest = memory_zeroed((size_t)replicates, sizeof(double));
    for (int t = 0; t < steps; t++) {
        if (!(sd[t] > 0)) continue;
        const double *own = theta + (size_t)t * (size_t)replicates;
        for (int r = 0; r < replicates; r++) largest[r] = fmax(largest[r], fabs(own[r] - curve[t].value) / sd[t]);
    }
    gsl_sort(largest, 1, (size_t)replicates);
    double c = quantile(largest, replicates, options->level);
    free(largest);
    return c;
}

// Fills both bands from theta[steps][replicates], which it sorts.
static void make_bands(double *theta, int steps, const Bootstrap *options, CurvePoint *curve) {
    size_t replicates = (size_t)options->replicates;
    double *sd = memory_alloc(sizeof(double) * (size_t)steps);
    for (int t = 0; t < steps; t++) {
        const double *own = theta + (size_t)t * replicates;
        double least, most;
        gsl_stats_minmax(&least, &most, own, 1, replicates);
        sd[t] = least < most ? gsl_stats_sd(own, 1, replicates) : least - least;    // exactly 0; NaN stays
        if (isnan(curve[t].value)) sd[t] = NAN;
    }
    double c = sup_t(theta, curve, sd, steps, options);
    for (int t = 0; t < steps; t++) {
        CurvePoint *point = &curve[t];
        point->simultaneous = (Interval){point->value - c * sd[t], point->value + c * sd[t]};
        if (!isnan(point->value)) point->pointwise = interval_of(theta + (size_t)t * replicates, point->value, NAN, options);
    }
    free(sd);
}

void bootstrap_curve(const Scores *x, int steps, ScoreStatistic *statistic, const Bootstrap *options, CurvePoint *curve) {
    check_options(options);
    assert(steps > 0 && options->method == BOOTSTRAP_PERCENTILE);
    for (int t = 0; t < steps; t++) curve[t] = (CurvePoint){NAN, UNDEFINED, UNDEFINED};
    for (int t = 0; t < x->tasks; t++) {
        if (x->runs[t] < 1) return;
    }
    if (x->tasks < 1) return;
    Subject subject = {.steps = steps, .points = steps, .kind = OF_ONE, .one = statistic};
    subject.arm[0] = *x;
    double *theta = memory_alloc(sizeof(double) * (size_t)steps * ((size_t)options->replicates + 1));
    double *value = theta + (size_t)steps * (size_t)options->replicates;
    evaluate_data(&subject, value);
    for (int t = 0; t < steps; t++) curve[t].value = value[t];
    draw_replicates(&subject, options, theta);
    make_bands(theta, steps, options, curve);
    free(theta);
}

// ---- the mean along a curve of one task ------------------------------------------------------------------------------------

// Quantiles of the bootstrap means of one step; picks[replicates][n] are the runs drawn.
static Interval bootstrap_step(const double *value, int n, const int *picks, int replicates, double level, double *mean) {
    for (int r = 0; r < replicates; r++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += value[picks[(size_t)r * (size_t)n + (size_t)i]];
        if (!isfinite(sum)) return (Interval){NAN, NAN};
        mean[r] = sum / n;
    }
    gsl_sort(mean, 1, (size_t)replicates);
    return (Interval){gsl_stats_quantile_from_sorted_data(mean, 1, (size_t)replicates, (1 - level) / 2),
                      gsl_stats_quantile_from_sorted_data(mean, 1, (size_t)replicates, (1 + level) / 2)};
}

void bootstrap_mean(const double *runs, int n, int steps, int replicates, double level, uint64_t seed, double *low,
                    double *high) {
    assert(n > 0 && replicates > 0 && level > 0 && level < 1);
    Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
    size_t draws = (size_t)replicates * (size_t)n;
    int *picks = memory_alloc(sizeof(int) * draws);
    for (size_t i = 0; i < draws; i++) picks[i] = (int)rng_below(&rng, (uint32_t)n);
    double *mean = memory_alloc(sizeof(double) * (size_t)(replicates + n)), *value = mean + replicates;
    for (int t = 0; t < steps; t++) {
        bool finite = true;
        for (int i = 0; i < n; i++) {
            value[i] = runs[(size_t)i * (size_t)steps + (size_t)t];
            finite = finite && isfinite(value[i]);
        }
        Interval interval = finite ? bootstrap_step(value, n, picks, replicates, level, mean) : (Interval){NAN, NAN};
        low[t] = interval.low;
        high[t] = interval.high;
    }
    free(mean);
    free(picks);
}
