// The view "efficiency": the interquartile mean of all runs' scores during training: how many episodes a cell needs.
#include <math.h>
#include <stdlib.h>

#include "analysis/bootstrap.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

enum { REPLICATES = 2000 };

// The episodes at which all are compared: those of the run that ends first.
typedef struct Clock {
    size_t count;
    const int64_t *step;
} Clock;

static Clock shortest(const Scoreboard *board) {
    Clock clock = {0};
    for (size_t c = 0; c < board->cell_count; c++) {
        const BoardCell *cell = &board->cells[c];
        for (int i = 0; i < scores_count(&cell->scores); i++) {
            const BoardRun *run = &cell->run[i];
            if (run->steps == 0) continue;
            if (clock.count == 0 || run->step[run->steps - 1] < clock.step[clock.count - 1])
                clock = (Clock){run->steps, run->step};
        }
    }
    return clock;
}

// The run's score at each episode: that of its last evaluation until then. 0 for a run that broke down, and before the first evaluation.
static void fill_row(const BoardRun *run, Clock clock, double *row) {
    size_t next = 0;
    for (size_t t = 0; t < clock.count; t++) {
        while (next < run->steps && run->step[next] <= clock.step[t]) next++;
        row[t] = next && !run->broken ? run->curve[next - 1] : 0;
    }
}

static void add_cell(FigureTable *table, const Scoreboard *board, const BoardCell *cell, Clock clock, CurveRange *range) {
    int count = scores_count(&cell->scores), steps = (int)clock.count;
    double *rows = memory_alloc(sizeof(double) * (size_t)count * clock.count);
    CurvePoint *curve = memory_alloc(sizeof(CurvePoint) * clock.count);
    for (int i = 0; i < count; i++) fill_row(&cell->run[i], clock, rows + (size_t)i * clock.count);
    Scores scores = {.tasks = cell->scores.tasks, .runs = cell->scores.runs, .value = rows};
    Bootstrap options = bootstrap_default;
    options.replicates = REPLICATES;
    bootstrap_curve(&scores, steps, scores_iqm, &options, curve);
    bool shown = board->fewest >= BOOTSTRAP_FEWEST;
    for (int t = 0; t < steps; t++) {
        const CurvePoint *point = &curve[t];
        figure_table_text(table, cell->name);
        figure_table_number(table, (double)clock.step[t]);
        figure_table_number(table, count);
        figure_table_number(table, point->value);
        figure_table_number(table, shown ? point->pointwise.low : NAN);
        figure_table_number(table, shown ? point->pointwise.high : NAN);
        figure_table_number(table, shown ? point->simultaneous.low : NAN);
        figure_table_number(table, shown ? point->simultaneous.high : NAN);
        range->low = fmin(range->low, shown ? fmin(point->value, point->simultaneous.low) : point->value);
        range->high = fmax(range->high, shown ? fmax(point->value, point->simultaneous.high) : point->value);
    }
    figure_table_break(table);
    free(rows);
    free(curve);
}

static char *efficiency_caption(const Scoreboard *board) {
    char *shown = memory_format("Interquartile mean over runs%s of scores. Dark bands: pointwise; light bands: "
                                "simultaneous over the whole curve (sup-t); grey: the other cells. Whole runs are resampled.",
                                board->panels->count > 1 ? " and tasks" : "");
    return scoreboard_caption(board, shown, "discounted return of a greedy evaluation", REPLICATES);
}

static bool draw_efficiency(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Scoreboard *board = scoreboard_create(panels, error);
    if (!board) return false;
    Clock clock = shortest(board);
    CurveRange range = curve_range_empty();
    range.points = clock.count;
    range.x_high = clock.count ? (double)clock.step[clock.count - 1] : 0;
    FigureTable *table = figure_table_create(
        "efficiency", 8,
        (const char *const[]){"cell", "episode", "runs", "iqm", "low", "high", "low_everywhere", "high_everywhere"});
    for (size_t c = 0; c < board->cell_count; c++) add_cell(table, board, &board->cells[c], clock, &range);
    // All cells together, and each by itself; a single one is both.
    Grid grid = axes_grid(board->cell_count == 1 ? 1 : board->cell_count + 1);
    Figure *figure = axes_figure("efficiency", efficiency_caption(board), grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    axes_episodes(figure, &range);
    axes_range(figure, "SCORE", fmin(0, range.low), fmax(1, range.high), 0);
    figure_add_table(figure, table);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    scoreboard_destroy(board);
    return good;
}

const View view_efficiency = {
    .name = "efficiency",
    .help = "sample efficiency: interquartile mean of the scores against episodes, with pointwise and simultaneous bands",
    .needs_analysis = NULL,
    .draw = draw_efficiency,
};
