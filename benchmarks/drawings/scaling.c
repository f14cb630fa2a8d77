// The view "scaling": scores against the difficulty of the environment, and the difficulty at which they fall below a threshold.
#include <assert.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bootstrap.h"
#include "analysis/crossing.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

enum { REPLICATES = 5000 };
static const double level = 0.95;

// ---- the axis ------------------------------------------------------------------------------------------------------------

// A number of the environment that takes several values.
static bool is_difficulty(const Experiment *experiment, const Axis *axis) {
    const ParamSpec *spec = config_spec(experiment->base, axis->name);
    bool numeric = spec && (spec->type == PARAM_INT || spec->type == PARAM_REAL);
    char *full = config_resolve(experiment->base, axis->name, NULL);
    bool environment = full && strncmp(full, "environment.", strlen("environment.")) == 0;
    free(full);
    return numeric && environment && axis->count > 1;
}

// The one with the most values, the first of several; -1 with a message where there is none.
static int difficulty_axis(const Experiment *experiment, Error *error) {
    int best = -1;
    for (size_t i = 0; i < experiment->axis_count; i++) {
        if (!is_difficulty(experiment, &experiment->axes[i])) continue;
        if (best < 0 || experiment->axes[i].count > experiment->axes[best].count) best = (int)i;
    }
    if (best >= 0) return best;
    error_set(
        error,
        "%s at scale %s varies no number of the environment, which the view scaling has as its axis: it needs something like "
        "`vary: {length: [4, 8, 16]}`",
        experiment->name, scale_names[experiment->scale]);
    return -1;
}

// ---- rungs: the panels that differ in the difficulty only ----------------------------------------------------------------

typedef struct Ladder {
    size_t count;          // rungs
    size_t *task;          // [count] panels of the board, easiest first
    double *difficulty;    // [count]
    char *rest, *title;    // what the panels share; empty when nothing else varies
} Ladder;

typedef struct Ladders {
    const Axis *axis;
    bool logarithmic;    // all difficulties are positive
    size_t count;
    Ladder *ladder;
} Ladders;

static const SweepRun *any_run(const Panel *panel) {
    const Cell *cell = &panel->cells[0];
    size_t index = cell->run_count ? cell->runs[0] : cell->failed[0];
    return panel->gathering->runs[index].run;
}

static Ladder *find_ladder(Ladders *ladders, const Experiment *experiment, const SweepRun *run) {
    char *rest = panel_rest(experiment, run, ladders->axis, "-", "-");
    for (size_t i = 0; i < ladders->count; i++) {
        if (strcmp(ladders->ladder[i].rest, rest) != 0) continue;
        free(rest);
        return &ladders->ladder[i];
    }
    Ladder *ladder = &ladders->ladder[ladders->count++];
    *ladder = (Ladder){.rest = rest, .title = panel_rest(experiment, run, ladders->axis, ", ", " ")};
    ladder->task = memory_zeroed(ladders->axis->count, sizeof *ladder->task);
    ladder->difficulty = memory_zeroed(ladders->axis->count, sizeof *ladder->difficulty);
    return ladder;
}

static Ladders ladders_create(const Panels *panels, size_t axis) {
    const Experiment *experiment = panels->gathering->experiment;
    Ladders ladders = {.axis = &experiment->axes[axis], .logarithmic = true};
    ladders.ladder = memory_zeroed(panels->count, sizeof *ladders.ladder);
    for (size_t k = 0; k < panels->count; k++) {
        const SweepRun *run = any_run(&panels->panel[k]);
        Ladder *ladder = find_ladder(&ladders, experiment, run);
        ladder->difficulty[ladder->count] = strtod(run->values[axis], NULL);
        ladders.logarithmic = ladders.logarithmic && ladder->difficulty[ladder->count] > 0;
        ladder->task[ladder->count++] = k;
    }
    for (size_t i = 0; i < ladders.count; i++) {    // in the file's order so far
        Ladder *ladder = &ladders.ladder[i];
        size_t *order = memory_zeroed(2 * ladder->count, sizeof *order), *task = order + ladder->count;
        gsl_sort_index(order, ladder->difficulty, 1, ladder->count);
        for (size_t k = 0; k < ladder->count; k++) task[k] = ladder->task[order[k]];
        memcpy(ladder->task, task, ladder->count * sizeof *task);
        gsl_sort(ladder->difficulty, 1, ladder->count);
        free(order);
    }
    return ladders;
}

static void ladders_clear(Ladders *ladders) {
    for (size_t i = 0; i < ladders->count; i++) {
        free(ladders->ladder[i].task);
        free(ladders->ladder[i].difficulty);
        free(ladders->ladder[i].rest);
        free(ladders->ladder[i].title);
    }
    free(ladders->ladder);
}

// ---- tables --------------------------------------------------------------------------------------------------------------

static void add_scores(FigureTable *table, const Scoreboard *board, const Ladder *ladder, const BoardCell *cell,
                       CurveRange *range) {
    for (size_t k = 0; k < ladder->count; k++) {
        int task = (int)ladder->task[k], first = scoreboard_first(cell, task), count = cell->runs_of[task];
        Estimate mean = estimate_mean(cell->value + first, count);
        Interval interval = estimate_interval(mean, level);
        figure_table_text(table, ladder->rest);
        figure_table_text(table, cell->name);
        figure_table_number(table, ladder->difficulty[k]);
        figure_table_number(table, count);
        figure_table_number(table, scoreboard_broken(cell, task));
        figure_table_number(table, mean.value);
        figure_table_number(table, interval.low);
        figure_table_number(table, interval.high);
        scoreboard_widen(board, interval, range);
    }
    figure_table_break(table);
}

// The cell's scores on the rungs, easiest first: the caller's to free are `value` and `runs`.
static Scores rung_scores(const Ladder *ladder, const BoardCell *cell, double **value, int **runs) {
    *value = memory_alloc(sizeof(double) * (size_t)scores_count(&cell->scores));
    *runs = memory_alloc(sizeof(int) * ladder->count);
    size_t filled = 0;
    for (size_t k = 0; k < ladder->count; k++) {
        int task = (int)ladder->task[k], first = scoreboard_first(cell, task);
        (*runs)[k] = cell->runs_of[task];
        for (int i = 0; i < (*runs)[k]; i++) (*value)[filled++] = cell->value[first + i];
    }
    return (Scores){.tasks = (int)ladder->count, .runs = *runs, .value = *value};
}

// The difficulty at a position among the rungs; on a logarithmic axis the curve is straight there.
static double difficulty_at(const Ladders *ladders, const Ladder *ladder, double position) {
    if (!ladders->logarithmic) return crossing_at(position, ladder->difficulty, (int)ladder->count);
    double *logarithm = memory_alloc(sizeof(double) * ladder->count);
    for (size_t k = 0; k < ladder->count; k++) logarithm[k] = log2(ladder->difficulty[k]);
    double at = crossing_at(position, logarithm, (int)ladder->count);
    free(logarithm);
    return exp2(at);    // 0 below the first
}

// -1: less than the easiest, 1: more than the hardest, 0: between.
static double beyond(const Ladder *ladder, double position) {
    return position < 0 ? -1 : position > (double)ladder->count - 1 ? 1 : 0;
}

static void add_end(FigureTable *table, const Ladders *ladders, const Ladder *ladder, double position) {
    double side = beyond(ladder, position);
    figure_table_number(table, side < 0   ? ladder->difficulty[0]
                               : side > 0 ? ladder->difficulty[ladder->count - 1]
                                          : difficulty_at(ladders, ladder, position));
    figure_table_number(table, isnan(position) ? NAN : side);
}

static void add_crossing(FigureTable *table, const Scoreboard *board, const Ladders *ladders, const Ladder *ladder,
                         size_t index, double threshold) {
    const BoardCell *cell = &board->cells[index];
    double *value;
    int *runs;
    Scores scores = rung_scores(ladder, cell, &value, &runs);
    Bootstrap options = bootstrap_default;
    options.replicates = REPLICATES;
    Interval interval = {NAN, NAN};
    if (board->fewest >= BOOTSTRAP_FEWEST) bootstrap_function(&scores, scores_crossing, &threshold, 1, &options, &interval);
    figure_table_text(table, ladder->rest);
    figure_table_text(table, cell->name);
    figure_table_number(table, (double)(board->cell_count - index));    // the first cell on top
    add_end(table, ladders, ladder, scores_crossing(&scores, threshold));
    add_end(table, ladders, ladder, interval.low);
    add_end(table, ladders, ladder, interval.high);
    free(value);
    free(runs);
}

// ---- the figure ----------------------------------------------------------------------------------------------------------

static void set_ladders(Figure *figure, const Ladders *ladders) {
    const char **rest = memory_zeroed(2 * ladders->count, sizeof *rest), **title = rest + ladders->count;
    for (size_t i = 0; i < ladders->count; i++) {
        rest[i] = ladders->ladder[i].rest;
        title[i] = ladders->ladder[i].title;
    }
    const Ladder *first = &ladders->ladder[0];
    figure_string(figure, "DIFFICULTY", ladders->axis->name);
    figure_number(figure, "LOGARITHMIC", ladders->logarithmic);
    figure_number(figure, "DIFFICULTY_COUNT", (double)first->count);
    figure_numbers(figure, "DIFFICULTY_VALUE", first->count, first->difficulty);
    figure_number(figure, "PANEL_COUNT", (double)ladders->count);
    figure_strings(figure, "PANEL", ladders->count, rest);
    figure_strings(figure, "PANEL_TITLE", ladders->count, title);
    free(rest);
}

static char *scaling_caption(const Scoreboard *board, const Ladders *ladders, double threshold) {
    const Panels *panels = board->panels;
    char *scores = scoreboard_caption_scores(board, scoreboard_final);
    char *crossings = board->fewest < BOOTSTRAP_FEWEST
                          ? memory_format("no intervals there: they need %d runs", BOOTSTRAP_FEWEST)
                          : memory_format("95 %% intervals by percentile bootstrap over runs, %d replicates%s", REPLICATES,
                                          board->fewest < BOOTSTRAP_SHORT ? "; too narrow below ten runs" : "");
    char *shown = memory_format(
        "Left: mean scores with 95 %% t intervals; cells stand side by side at the same %s. Right: the %s at which straight "
        "lines between the means%s first fall below the threshold %g (solid grey); an arrow: beyond the values "
        "tried; %s. %s",
        ladders->axis->name, ladders->axis->name, ladders->logarithmic ? ", on the logarithmic axis," : "", threshold,
        crossings, scores);
    char *text = caption_text(panels->panel, panels->count, shown, scoreboard_policy);
    free(scores);
    free(crossings);
    free(shown);
    return text;
}

static bool draw_scaling(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    int axis = difficulty_axis(panels->gathering->experiment, error);
    Scoreboard *board = axis < 0 ? NULL : scoreboard_create(panels, error);
    if (!board) return false;
    double threshold = isnan(options->threshold) ? 0.5 : options->threshold;
    Ladders ladders = ladders_create(panels, (size_t)axis);
    FigureTable *scores = figure_table_create(
        "scores", 8, (const char *const[]){"panel", "cell", "difficulty", "runs", "broken", "mean", "low", "high"});
    FigureTable *crossings = figure_table_create("crossings", 9,
                                                 (const char *const[]){"panel", "cell", "row", "crossing", "crossing_beyond",
                                                                       "low", "low_beyond", "high", "high_beyond"});
    CurveRange range = {.low = fmin(fmin(0, threshold), scoreboard_lowest(board)),
                        .high = fmax(fmax(1, threshold), scoreboard_highest(board))};
    for (size_t i = 0; i < ladders.count; i++) {
        for (size_t c = 0; c < board->cell_count; c++) {
            add_scores(scores, board, &ladders.ladder[i], &board->cells[c], &range);
            add_crossing(crossings, board, &ladders, &ladders.ladder[i], c, threshold);
        }
    }
    Figure *figure =
        axes_figure("scaling", scaling_caption(board, &ladders, threshold), 6.75, 1.15 + 2.1 * (double)ladders.count);
    axes_cells(figure, panels->panel);
    set_ladders(figure, &ladders);
    axes_range(figure, "SCORE", range.low, range.high, 0);
    figure_number(figure, "THRESHOLD", threshold);
    figure_add_table(figure, scores);
    figure_add_table(figure, crossings);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    ladders_clear(&ladders);
    scoreboard_destroy(board);
    return good;
}

const View view_scaling = {
    .name = "scaling",
    .help = "scores against the environment's difficulty, and where they fall below --threshold, with intervals",
    .needs_analysis = NULL,
    .draw = draw_scaling,
};
