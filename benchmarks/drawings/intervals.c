// The view "intervals": median, interquartile mean, mean and optimality gap of each cell's scores with stratified bootstrap intervals, after
// Agarwal et al. ("Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021).
#include <math.h>
#include <stdlib.h>

#include "analysis/bootstrap.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

enum { METRICS = 4, GAP = 3, REPLICATES = 20000 };
static const char *const metric_names[METRICS] = {"median", "iqm", "mean", "gap"};
static const char *const metric_titles[METRICS] = {"median", "interquartile mean", "mean", "optimality gap"};
static ScoreStatistic *const metrics[METRICS] = {scores_median, scores_iqm, scores_mean, scores_optimality_gap};

static void widen(CurveRange *range, double value) {
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static void add_row(FigureTable *table, const Scoreboard *board, size_t cell, int metric, CurveRange *range) {
    const Scores *scores = &board->cells[cell].scores;
    Bootstrap options = bootstrap_default;
    options.replicates = REPLICATES;
    double estimate = metrics[metric](scores);
    Interval interval = {NAN, NAN};
    if (board->fewest >= BOOTSTRAP_FEWEST) interval = bootstrap_interval(scores, metrics[metric], &options);
    figure_table_text(table, metric_names[metric]);
    figure_table_text(table, board->cells[cell].name);
    figure_table_number(table, (double)(board->cell_count - cell));    // the first cell on top
    figure_table_number(table, scores_count(scores));
    figure_table_number(table, estimate);
    figure_table_number(table, interval.low);
    figure_table_number(table, interval.high);
    widen(range, estimate);
    widen(range, interval.low);
    widen(range, interval.high);
}

static char *intervals_caption(const Scoreboard *board) {
    char *shown =
        memory_format("Ticks: estimates; bars: intervals. Median: over the tasks' means; interquartile mean: of all runs "
                      "without the lowest and the highest quarter; optimality gap: how far scores stay below 1 (less is "
                      "better).");
    return scoreboard_caption(board, shown, scoreboard_final, REPLICATES);
}

static bool draw_intervals(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Scoreboard *board = scoreboard_create(panels, error);
    if (!board) return false;
    FigureTable *table =
        figure_table_create("intervals", 7, (const char *const[]){"metric", "cell", "row", "runs", "estimate", "low", "high"});
    CurveRange scores = curve_range_empty(), gap = curve_range_empty();
    for (int m = 0; m < METRICS; m++) {
        for (size_t c = 0; c < board->cell_count; c++) add_row(table, board, c, m, m == GAP ? &gap : &scores);
    }
    Figure *figure = axes_figure("intervals", intervals_caption(board), 6.75, 0.85 + 0.24 * (double)board->cell_count);
    axes_cells(figure, panels->panel);
    figure_strings(figure, "METRIC", METRICS, metric_names);
    figure_strings(figure, "METRIC_TITLE", METRICS, metric_titles);
    axes_range(figure, "SCORE", scores.low, scores.high, 0);
    axes_range(figure, "GAP", gap.low, gap.high, 0);
    figure_add_table(figure, table);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    scoreboard_destroy(board);
    return good;
}

const View view_intervals = {
    .name = "intervals",
    .help = "median, interquartile mean, mean and optimality gap of the scores of each cell, with bootstrap intervals",
    .needs_analysis = NULL,
    .draw = draw_intervals,
};
