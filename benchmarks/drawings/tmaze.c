// The figure of belief/tmaze: return and mutual information during training, one line per cell.
#include <math.h>
#include <stdlib.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"

static const char *const information_series[] = {"entropy/policy", "mine/policy", "entropy/bank",
                                                 "mine/bank",      "probe/bank",  "mine/bank-observation"};
enum { INFORMATION_SERIES = sizeof information_series / sizeof information_series[0] };

static bool add_information(Panel *panel, Curves *curves, Cell *cell, CurveRange *range, Error *error) {
    char shown[PARAM_TEXT_SIZE + sizeof MEMORY_SUFFIX];
    snprintf(shown, sizeof shown, "%s%s", cell->name, MEMORY_SUFFIX);
    for (size_t i = 0; i < INFORMATION_SERIES; i++) {
        const char *series = information_series[i];
        char *with_memory = memory_format("%s%s", series, MEMORY_SUFFIX);
        bool there;
        bool good = panel_add_series(panel, curves, cell, series, series, cell->name, range, &there, error) &&
                    panel_add_series(panel, curves, cell, with_memory, series, shown, range, &there, error);
        free(with_memory);
        if (!good) return false;
        cell->memory = cell->memory || there;
    }
    return true;
}

static bool draw_tmaze(Panel *panel, const char *folder, Error *error) {
    Curves curves = curves_create();
    CurveRange returns = curve_range_empty(), information = curve_range_empty();
    double optimum = panel->scale.high, entropy = NAN, observation = NAN;
    bool there, good = true;
    for (size_t i = 0; i < panel->cell_count && good; i++) {
        Cell *cell = &panel->cells[i];
        good = panel_add_series(panel, &curves, cell, scoring_series, scoring_series, cell->name, &returns, &there, error) &&
               add_information(panel, &curves, cell, &information, error);
    }
    good = good && panel_line_height(panel, "entropy/bank", &entropy, error) &&
           panel_line_height(panel, "mine/bank-observation", &observation, error);
    char *caption = caption_curves(panel, 1,
                                   "(a) greedy evaluations; (b)-(d) what hidden states tell about the exact belief: MINE "
                                   "estimates on held-out pairs (b, c) and a "
                                   "softmax probe's bound (d). Dashed: H(b), plug-in entropy of the beliefs, in (b) in "
                                   "each cell's colour. In (c, d) all cells and "
                                   "checkpoints share one frozen bank of histories under the exploration policy; dotted: "
                                   "MINE from the current observation.",
                                   NULL);
    Figure *figure = axes_figure("tmaze", caption, 6.75, 5.15);
    axes_cells(figure, panel);
    axes_episodes(figure, &returns);
    axes_range(figure, "RETURN", fmin(returns.low, optimum), fmax(returns.high, optimum), 0.06);
    axes_range(figure, "MI", fmin(0, information.low), fmax(information.high, entropy), 0.06);
    figure_string(figure, "RETURN", scoring_series);
    figure_number(figure, "OPTIMUM", optimum);
    figure_number(figure, "BANK_ENTROPY", entropy);
    figure_number(figure, "OBSERVATION", observation);
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool always(const Experiment *experiment) {
    (void)experiment;
    return true;
}

const Drawing drawing_tmaze = {.script = "tmaze", .needs_analysis = always, .draw = draw_tmaze};
