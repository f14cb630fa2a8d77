// The view "profiles": for every score the share of a cell's runs that are above it (score distribution, Agarwal et al. 2021), with bands.
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/bootstrap.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

enum { REPLICATES = 2000, STEPS_MAX = 400 };

// Where the profile of a cell and its replicates can step: at its scores. With very many of them, at some. Returns how many.
static int steps_of(const Scores *scores, double *at) {
    int count = scores_count(scores), kept = 0, every = count / STEPS_MAX + 1;
    double *sorted = memory_alloc(sizeof(double) * (size_t)count);
    for (int i = 0; i < count; i++) sorted[i] = scores->value[i];
    gsl_sort(sorted, 1, (size_t)count);
    for (int i = 0; i < count; i += every) {
        if (kept == 0 || sorted[i] > at[kept - 1]) at[kept++] = sorted[i];
    }
    free(sorted);
    return kept;
}

static void add_point(FigureTable *table, const char *cell, double tau, double share, Interval band) {
    figure_table_text(table, cell);
    figure_table_number(table, tau);
    figure_table_number(table, share);
    figure_table_number(table, band.low);
    figure_table_number(table, band.high);
}

// As stairs: every step is there twice, with the share below it and the share at it (which is that until the next step, because a score at
// tau is not above it). `low` and `high` are the ends of the axis.
static void add_profile(FigureTable *table, const Scoreboard *board, const BoardCell *cell, double low, double high) {
    int room = scores_count(&cell->scores);
    double *at = memory_alloc(sizeof(double) * (size_t)room);
    int steps = steps_of(&cell->scores, at);
    Interval *band = memory_alloc(sizeof(Interval) * (size_t)steps), none = {NAN, NAN};
    Bootstrap options = bootstrap_default;
    options.replicates = REPLICATES;
    bool shown = board->fewest >= BOOTSTRAP_FEWEST;
    if (shown) bootstrap_function(&cell->scores, scores_profile, at, steps, &options, band);
    double share = 1;
    Interval before = shown ? (Interval){1, 1} : none;
    add_point(table, cell->name, fmin(low, at[0]), share, before);
    for (int i = 0; i < steps; i++) {
        add_point(table, cell->name, at[i], share, before);
        share = scores_profile(&cell->scores, at[i]);
        before = shown ? band[i] : none;
        add_point(table, cell->name, at[i], share, before);
    }
    add_point(table, cell->name, fmax(high, at[steps - 1]), share, before);
    figure_table_break(table);
    free(band);
    free(at);
}

static char *profiles_caption(const Scoreboard *board) {
    char *shown = memory_format(
        "Share of a cell's runs%s with a score above the abscissa: a profile that lies above another everywhere is "
        "better, whatever is asked. Grey: the other cells. Bands are pointwise.",
        board->panels->count > 1 ? " on all tasks" : "");
    return scoreboard_caption(board, shown, scoreboard_final, REPLICATES);
}

static bool draw_profiles(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Scoreboard *board = scoreboard_create(panels, error);
    if (!board) return false;
    double low = fmin(0, scoreboard_lowest(board)), high = fmax(1, scoreboard_highest(board));
    FigureTable *table = figure_table_create("profiles", 5, (const char *const[]){"cell", "score", "share", "low", "high"});
    for (size_t c = 0; c < board->cell_count; c++) add_profile(table, board, &board->cells[c], low, high);
    // All cells together, and each by itself; a single one is both.
    Grid grid = axes_grid(board->cell_count == 1 ? 1 : board->cell_count + 1);
    Figure *figure = axes_figure("profiles", profiles_caption(board), grid.width, grid.height);
    axes_set_grid(figure, grid);
    axes_cells(figure, panels->panel);
    figure_number(figure, "SCORE_MIN", low);
    figure_number(figure, "SCORE_MAX", high);
    figure_number(figure, "SCORE_TICK", curve_tick(high - low));
    figure_add_table(figure, table);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    scoreboard_destroy(board);
    return good;
}

const View view_profiles = {
    .name = "profiles",
    .help = "performance profiles: the share of a cell's runs above every score, with bands",
    .needs_analysis = NULL,
    .draw = draw_profiles,
};
