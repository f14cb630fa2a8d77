// The view "improvement": the probability that a run of the row's cell scores higher than one of the column's, on the same task.
#include <math.h>
#include <stdlib.h>

#include "analysis/bootstrap.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/scoreboard.h"
#include "core/arena.h"

enum { REPLICATES = 5000 };

static void add_pair(FigureTable *table, const Scoreboard *board, size_t row, size_t column) {
    const BoardCell *x = &board->cells[row], *y = &board->cells[column];
    Bootstrap options = bootstrap_default;
    options.replicates = REPLICATES;
    // The same stream for both directions: the interval of y over x is that of x over y, mirrored.
    bool swapped = row > column;
    const Scores *first = swapped ? &y->scores : &x->scores, *second = swapped ? &x->scores : &y->scores;
    double probability = scores_improvement(first, second);
    Interval interval = {NAN, NAN};
    if (board->fewest >= BOOTSTRAP_FEWEST) interval = bootstrap_pair_interval(first, second, scores_improvement, &options);
    figure_table_text(table, x->name);
    figure_table_text(table, y->name);
    figure_table_number(table, (double)(board->cell_count - row));    // the first cell on top
    figure_table_number(table, (double)column + 1);
    figure_table_number(table, swapped ? 1 - probability : probability);
    figure_table_number(table, swapped ? 1 - interval.high : interval.low);
    figure_table_number(table, swapped ? 1 - interval.low : interval.high);
}

static char *improvement_caption(const Scoreboard *board) {
    char *shown = memory_format("Probability that a run of the row's cell has a higher score than one of the column's%s, ties "
                                "counting half%s.",
                                board->panels->count > 1 ? " on the same task, mean over tasks" : "",
                                board->fewest >= BOOTSTRAP_FEWEST ? "; bold: the interval excludes 0.5" : "");
    return scoreboard_caption(board, shown, scoreboard_final, REPLICATES);
}

static bool draw_improvement(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    const Experiment *experiment = panels->gathering->experiment;
    if (panels->panel[0].cell_count < 2) {
        return error_set(error, "%s has one cell only: the view improvement compares cells", experiment->name);
    }
    Scoreboard *board = scoreboard_create(panels, error);
    if (!board) return false;
    FigureTable *table = figure_table_create(
        "improvement", 7, (const char *const[]){"cell", "over", "row", "column", "probability", "low", "high"});
    for (size_t r = 0; r < board->cell_count; r++) {
        for (size_t c = 0; c < board->cell_count; c++) {
            if (r != c) add_pair(table, board, r, c);
        }
    }
    double cells = (double)board->cell_count, width = fmin(6.75, fmax(3.25, 0.60 + 0.53 * cells));
    Figure *figure = axes_figure("improvement", improvement_caption(board), width, 0.85 + 0.42 * cells);
    axes_cells(figure, panels->panel);
    figure_add_table(figure, table);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    scoreboard_destroy(board);
    return good;
}

const View view_improvement = {
    .name = "improvement",
    .help = "probability that a run of one cell scores higher than a run of another, for all pairs, with bootstrap intervals",
    .needs_analysis = NULL,
    .draw = draw_improvement,
};
