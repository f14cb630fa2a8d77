// The view "scores": every run's final score as a point, one panel for each task, and beside them the mean over tasks.
#include <math.h>
#include <stdlib.h>

#include "analysis/statistics.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

static const double level = 0.95;
static const char all_tasks[] = "all tasks";

// How many runs of the task come before run i in the order of scores: neighbours in height stand apart in breadth.
static unsigned rank_of(const BoardRun *runs, int count, int i) {
    unsigned rank = 0;
    for (int j = 0; j < count; j++) rank += runs[j].score < runs[i].score || (j < i && runs[j].score <= runs[i].score);
    return rank;
}

static void add_points(FigureTable *table, const Panel *panel, const BoardRun *runs, int count, size_t place,
                       const char *cell) {
    for (int i = 0; i < count; i++) {
        figure_table_text(table, panel->rest);
        figure_table_text(table, cell);
        figure_table_number(table, (double)runs[i].seed);
        figure_table_text(table, runs[i].broken ? "broken" : "ok");
        figure_table_number(table, runs[i].value);
        figure_table_number(table, runs[i].score);
        figure_table_number(table, (double)place + axes_spread(rank_of(runs, count, i)));
    }
}

static Interval add_mean(FigureTable *table, const char *panel, const char *cell, size_t place, int runs, int broken,
                         Estimate mean) {
    Interval interval = estimate_interval(mean, level);
    figure_table_text(table, panel);
    figure_table_text(table, cell);
    figure_table_number(table, (double)place);
    figure_table_number(table, runs);
    figure_table_number(table, broken);
    figure_table_number(table, mean.value);
    figure_table_number(table, interval.low);
    figure_table_number(table, interval.high);
    return interval;
}

static Estimate mean_over_tasks(const BoardCell *cell) {
    int count = scores_count(&cell->scores), filled = 0;
    int *stratum = memory_zeroed((size_t)count, sizeof *stratum);
    for (int k = 0; k < cell->scores.tasks; k++) {
        for (int i = 0; i < cell->runs_of[k]; i++) stratum[filled++] = k;
    }
    Estimate mean = estimate_stratified(cell->value, stratum, count);
    free(stratum);
    return mean;
}

static void add_cell(const Scoreboard *board, size_t index, FigureTable *points, FigureTable *means, CurveRange *range) {
    const BoardCell *cell = &board->cells[index];
    for (int k = 0; k < cell->scores.tasks; k++) {
        int first = scoreboard_first(cell, k), count = cell->runs_of[k];
        const Panel *panel = &board->panels->panel[k];
        add_points(points, panel, cell->run + first, count, index + 1, cell->name);
        Interval interval = add_mean(means, panel->rest, cell->name, index + 1, count, scoreboard_broken(cell, k),
                                     estimate_mean(cell->value + first, count));
        scoreboard_widen(board, interval, range);
    }
    if (cell->scores.tasks < 2) return;
    add_mean(means, all_tasks, cell->name, index + 1, scores_count(&cell->scores), cell->broken, mean_over_tasks(cell));
}

// The panels of the tasks, and the one of their mean where there are several.
static void set_panels(Figure *figure, const Panels *panels) {
    size_t count = panels->count + (panels->count > 1);
    const char **name = memory_zeroed(count, sizeof *name), **title = memory_zeroed(count, sizeof *title);
    for (size_t k = 0; k < count; k++) {
        name[k] = k < panels->count ? panels->panel[k].rest : all_tasks;
        title[k] = k < panels->count ? panels->panel[k].title : "mean over tasks";
    }
    figure_number(figure, "PANEL_COUNT", (double)count);
    figure_strings(figure, "PANEL", count, name);
    figure_strings(figure, "PANEL_TITLE", count, title);
    free(name);
    free(title);
}

static char *scores_caption(const Scoreboard *board) {
    const Panels *panels = board->panels;
    char *scores = scoreboard_caption_scores(board, scoreboard_final);
    char *shown = memory_format(
        "%s Each circle is a run, each cross one that broke down. Black: mean with its 95 %% t interval%s. "
        "Dotted and dashed: scores 0 and 1.",
        scores, panels->count > 1 ? " (over tasks: mean of the tasks' means, Satterthwaite's degrees of freedom)" : "");
    char *text = caption_text(panels->panel, panels->count, shown, scoreboard_policy);
    free(scores);
    free(shown);
    return text;
}

static bool draw_scores(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Scoreboard *board = scoreboard_create(panels, error);
    if (!board) return false;
    FigureTable *points =
        figure_table_create("points", 7, (const char *const[]){"panel", "cell", "seed", "status", "return", "score", "x"});
    FigureTable *means =
        figure_table_create("means", 8, (const char *const[]){"panel", "cell", "x", "runs", "broken", "mean", "low", "high"});
    CurveRange range = {.low = fmin(0, scoreboard_lowest(board)), .high = fmax(1, scoreboard_highest(board))};
    for (size_t c = 0; c < board->cell_count; c++) add_cell(board, c, points, means, &range);
    Grid grid = axes_grid(panels->count + (panels->count > 1));
    Figure *figure = axes_figure("scores", scores_caption(board), grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    set_panels(figure, panels);
    axes_range(figure, "SCORE", range.low, range.high, 0);
    figure_add_table(figure, points);
    figure_add_table(figure, means);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    scoreboard_destroy(board);
    return good;
}

const View view_scores = {
    .name = "scores",
    .help = "final scores: every run as a point, mean with its t interval, a panel for each task",
    .needs_analysis = NULL,
    .draw = draw_scores,
};
