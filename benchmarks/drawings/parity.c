// The figure of belief/parity: our learning curves beside those of a reference, one panel per cell.
#include <math.h>
#include <stdlib.h>

#include "benchmarks/analyse.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/reference.h"
#include "core/arena.h"

static const ClaimSpec *reference_claim(const Experiment *experiment) {
    for (size_t i = 0; i < experiment->claim_count; i++) {
        if (experiment->claims[i].reference) return &experiment->claims[i];
    }
    return NULL;
}

// The reference's runs of one of our cells.
static bool add_reference(Panel *panel, Curves *curves, const Cell *cell, const ReferenceRun *reference, size_t count,
                          CurveRange *range, Error *error) {
    Series *runs = memory_zeroed(count + 1, sizeof *runs);
    int64_t *seeds = memory_zeroed(count + 1, sizeof *seeds);
    size_t used = 0;
    for (size_t i = 0; i < count && cell->run_count > 0; i++) {
        if (reference[i].combination != panel->gathering->runs[cell->runs[0]].combination) continue;
        seeds[used] = reference[i].seed;
        runs[used++] = reference[i].series;
    }
    bool good = curves_add(curves, "authors", cell->name, runs, seeds, used, range, error);
    free(runs);
    free(seeds);
    return good;
}

static bool draw_parity(Panel *panel, const char *folder, Error *error) {
    const Experiment *experiment = panel->gathering->experiment;
    const ClaimSpec *claim = reference_claim(experiment);
    if (!claim)
        return error_set(error, "%s: figure parity needs a claim of kind equivalent with a reference", experiment->path);
    size_t count;
    ReferenceRun *reference;
    if (!reference_series(claim, panel->gathering, &count, &reference, error)) return false;
    Curves curves = curves_create();
    CurveRange range = curve_range_empty();
    double optimum = panel->scale.high;
    bool there, good = true;
    for (size_t i = 0; i < panel->cell_count && good; i++) {
        const Cell *cell = &panel->cells[i];
        good = panel_add_series(panel, &curves, cell, claim->a.measure.series, "ours", cell->name, &range, &there, error) &&
               add_reference(panel, &curves, cell, reference, count, &range, error);
    }
    reference_series_free(count, reference);
    char *caption =
        caption_curves(panel, 1,
                       "Solid: engram, with every run behind its mean. Dashed, open markers: the authors' own program. "
                       "Dotted: the optimal policy.",
                       NULL);
    Figure *figure = axes_figure("parity", caption, 6.75, 4.3);
    axes_cells(figure, panel);
    axes_episodes(figure, &range);
    axes_range(figure, "RETURN", fmin(range.low, optimum), fmax(range.high, optimum), 0.04);
    figure_number(figure, "OPTIMUM", optimum);
    figure_number(figure, "FIRST_SEED", (double)experiment->first_seed);
    figure_number(figure, "LAST_SEED", (double)experiment->last_seed);
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    return good;
}

static bool compares_estimates(const Experiment *experiment) {
    const ClaimSpec *claim = reference_claim(experiment);
    return claim && analyse_makes(claim->a.measure.series);
}

const Drawing drawing_parity = {.script = "parity", .needs_analysis = compares_estimates, .draw = draw_parity};
