#include "benchmarks/drawings/drawings.h"

#include <string.h>

#include "benchmarks/figure.h"

extern const Drawing drawing_belief, drawing_irrelevant, drawing_particles, drawing_controls, drawing_parity, drawing_learning,
    drawing_warp, drawing_suite;
const Drawing *const drawings[] = {&drawing_belief, &drawing_irrelevant, &drawing_particles, &drawing_controls,
                                   &drawing_parity, &drawing_learning,   &drawing_warp,      &drawing_suite};
const size_t drawing_count = sizeof drawings / sizeof *drawings;

extern const View view_curves, view_scores, view_intervals, view_profiles, view_improvement, view_scaling, view_efficiency,
    view_claims, view_scatter, view_correlations;
const View *const views[] = {
    &view_curves,  &view_scores,     &view_intervals, &view_profiles, &view_improvement,
    &view_scaling, &view_efficiency, &view_claims,    &view_scatter,  &view_correlations,
};
const size_t view_count = sizeof views / sizeof *views;

// The same names once more, for experiment files; a test compares the two.
const char *const figure_scripts[] = {"belief",   "irrelevant", "particles", "controls", "parity",
                                      "learning", "warp",       "suite",     NULL};
const char *const figure_views[] = {"curves",     "scores", "intervals", "profiles",     "improvement", "scaling",
                                    "efficiency", "claims", "scatter",   "correlations", NULL};

bool drawing_always(const Experiment *experiment) {
    (void)experiment;
    return true;
}

const View *view_find(const char *name, Error *error) {
    const char *names[sizeof views / sizeof *views];
    for (size_t i = 0; i < view_count; i++) {
        names[i] = views[i]->name;
        if (strcmp(names[i], name) == 0) return views[i];
    }
    error_unknown(error, "view", name, names, view_count);
    return NULL;
}
