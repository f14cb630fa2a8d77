// The figure of the belief paper: return and mutual information during training, one line per cell; a panel for each set of histories
// that the runs have, and for the probe.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "benchmarks/drawings/information.h"
#include "core/arena.h"

// One panel of information. Series names are owned; empty where there is no such series.
typedef struct Sight {
    char *series, *ceiling;    // ceiling: of each cell, H(b)
    const char *title;
    int set;
    bool probe;
    double height;     // H(b) of the bank, one line for all; NaN: none
    double control;    // from the observation alone; NaN: none
} Sight;
enum { SIGHTS_MAX = INFORMATION_SETS + 1 };

typedef struct Picture {
    Panel *panel;
    Curves curves;
    CurveRange returns, information;
    size_t count;
    Sight sights[SIGHTS_MAX];
    const EstimatorStyle *estimator;    // NULL: nothing was estimated
    bool discrete;                      // beliefs have an entropy
} Picture;

// ---- which panels there are ----------------------------------------------------------------------------------------------

static bool add_sight(Picture *picture, const char *estimator, int set, const char *title, bool *there, Error *error) {
    bool probe = strcmp(estimator, "probe") == 0;
    Sight sight = {.series = information_series(estimator, set, ""), .title = title, .set = set, .probe = probe};
    sight.ceiling = set == SET_BANK || probe ? memory_format("%s", "") : information_series("entropy", set, "");
    char *entropy = information_series("entropy", set, ""), *control = memory_format("%s-observation", sight.series);
    sight.height = NAN;
    bool good = information_has(picture->panel, sight.series, there, error) &&
                (set != SET_BANK || panel_line_height(picture->panel, entropy, &sight.height, error)) &&
                panel_line_height(picture->panel, control, &sight.control, error);
    free(entropy);
    free(control);
    if (good && *there) {
        picture->sights[picture->count++] = sight;
        picture->information.high = fmax(picture->information.high, fmax(sight.height, sight.control));
        return true;
    }
    free(sight.series);
    free(sight.ceiling);
    return good;
}

static bool find_sights(Picture *picture, const Estimators *estimators, Error *error) {
    static const char *const titles[INFORMATION_SETS] = {"MI, current policy", "MI, exploring policy", "MI, frozen bank"};
    picture->estimator = estimators_first(estimators);
    bool there, good = true;
    for (int s = 0; s < INFORMATION_SETS && good && picture->estimator; s++)
        good = add_sight(picture, picture->estimator->name, s, titles[s], &there, error);
    bool probe_is_first = picture->estimator && strcmp(picture->estimator->name, "probe") == 0;
    if (!good || !picture->estimator || probe_is_first) return good;
    good = add_sight(picture, "probe", SET_BANK, "linear probe, frozen bank", &there, error);
    if (!good || there) return good;
    return add_sight(picture, "probe", SET_POLICY, "linear probe, current policy", &there, error);
}

// ---- their curves --------------------------------------------------------------------------------------------------------

static bool add_series(Picture *picture, Cell *cell, const char *series, bool *there, Error *error) {
    char shown[PARAM_TEXT_SIZE + sizeof MEMORY_SUFFIX];
    snprintf(shown, sizeof shown, "%s%s", cell->name, MEMORY_SUFFIX);
    char *with_memory = memory_format("%s%s", series, MEMORY_SUFFIX);
    bool memory = false;
    CurveRange *range = &picture->information;
    bool good = panel_add_series(picture->panel, &picture->curves, cell, series, series, cell->name, range, there, error) &&
                panel_add_series(picture->panel, &picture->curves, cell, with_memory, series, shown, range, &memory, error);
    free(with_memory);
    cell->memory = cell->memory || memory;
    return good;
}

static bool add_cell(Picture *picture, Cell *cell, Error *error) {
    bool there, good = panel_add_series(picture->panel, &picture->curves, cell, scoring_series, scoring_series, cell->name,
                                        &picture->returns, &there, error);
    for (size_t i = 0; i < picture->count && good; i++) {
        char *entropy = information_series("entropy", picture->sights[i].set, "");
        bool drawn = picture->sights[i].probe;    // beside MINE's panel of the same set
        good = add_series(picture, cell, picture->sights[i].series, &there, error);
        there = false;
        if (good && !drawn) good = add_series(picture, cell, entropy, &there, error);
        picture->discrete = picture->discrete || there;
        free(entropy);
    }
    return good;
}

// ---- figure --------------------------------------------------------------------------------------------------------------

static void set_sights(Figure *figure, const Picture *picture) {
    size_t count = picture->count;
    const char *series[SIGHTS_MAX], *ceiling[SIGHTS_MAX], *title[SIGHTS_MAX];
    double height[SIGHTS_MAX], control[SIGHTS_MAX];
    for (size_t i = 0; i < count; i++) {
        series[i] = picture->sights[i].series;
        ceiling[i] = picture->discrete ? picture->sights[i].ceiling : "";
        title[i] = picture->sights[i].title;
        height[i] = picture->sights[i].height;
        control[i] = picture->sights[i].control;
    }
    figure_number(figure, "VIEW_COUNT", (double)count);
    figure_number(figure, "DISCRETE", picture->discrete);
    if (count == 0) return;
    figure_strings(figure, "SERIES", count, series);
    figure_strings(figure, "CEILING", count, ceiling);
    figure_strings(figure, "TITLE", count, title);
    figure_numbers(figure, "HEIGHT_OF_ENTROPY", count, height);
    figure_numbers(figure, "CONTROL", count, control);
}

// "(b, c)": the panels of a kind, by their letters; the caller's to free.
static char *letters(const Picture *picture, bool probe, bool bank_only) {
    char *list = memory_format("%s", "");
    for (size_t i = 0; i < picture->count; i++) {
        const Sight *sight = &picture->sights[i];
        if (bank_only ? sight->set != SET_BANK : sight->probe != probe) continue;
        char *longer = memory_format("%s%s%c", list, *list ? ", " : "", (char)('b' + i));
        free(list);
        list = longer;
    }
    return list;
}

static void describe_information(FILE *out, const Picture *picture) {
    char *estimates = letters(picture, false, false), *probes = letters(picture, true, false),
         *banks = letters(picture, false, true);
    bool control = false;
    for (size_t i = 0; i < picture->count; i++) control = control || !isnan(picture->sights[i].control);
    fprintf(out, "; then what hidden states tell about the %s: %s estimates on held-out pairs (%s)",
            picture->discrete ? "exact belief" : "belief", picture->estimator->label, estimates);
    if (*probes)
        fprintf(out, " and %s (%s)",
                picture->discrete ? "a softmax probe's bound"
                                  : "a regression's Gaussian information about the mean and covariance of the particles",
                probes);
    fputs(".", out);
    if (picture->discrete)
        fputs(" Dashed: H(b), plug-in entropy of the beliefs, along the policy's own histories in each cell's colour.", out);
    if (*banks)
        fprintf(out, " In (%s) all cells and checkpoints share one frozen bank of histories under the exploration policy%s.",
                banks, control ? "; dotted: from the current observation alone" : "");
    if (picture->sights[0].set == SET_POLICY && !picture->sights[0].probe)
        fputs(" (a, b) follow the belief paper (Lambrechts, Bolland and Ernst, 2022) as recalled.", out);
    free(estimates);
    free(probes);
    free(banks);
}

// The caller's to free.
static char *describe(const Picture *picture) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    fputs("(a) greedy evaluations", out);
    if (picture->count) describe_information(out, picture);
    else fputs(". No run has an estimate of mutual information.", out);
    if (picture->panel->scale.bound)
        fputs(" The optimal return is not known: dashed in (a) is a bound, the optimum of an agent that sees the state.", out);
    fclose(out);
    return text;
}

static void set_returns(Figure *figure, Picture *picture) {
    const ReturnScale *scale = &picture->panel->scale;
    double low = fmin(picture->returns.low, scale->high), high = fmax(picture->returns.high, scale->high);
    bool near = scale->low >= low - 0.1 * (high - low) && scale->low <= high;
    if (near) low = fmin(low, scale->low);
    axes_range(figure, "RETURN", low, high, 0.06);
    figure_string(figure, "RETURN", scoring_series);
    figure_number(figure, "OPTIMUM", scale->high);
    figure_string(figure, "OPTIMUM_NAME", picture->panel->scale.bound ? "bound: the state is seen" : "optimum");
    figure_number(figure, "RANDOM", near ? scale->low : NAN);
}

// Panels beside and below each other: two to a row, or three where that leaves no hole but the legend's.
static void set_grid(Figure *figure, size_t panels, int columns) {
    figure_number(figure, "PANEL_COUNT", (double)panels);
    axes_set_grid(figure, (Grid){.columns = columns, .rows = ((int)panels + columns - 1) / columns});
}

static bool render(Picture *picture, const char *folder, Error *error) {
    static const double heights[] = {0, 2.0, 1.8, 1.62};
    size_t panels = 1 + picture->count;
    int columns = panels == 3 || panels == 5 ? 3 : panels == 1 ? 1 : 2, rows = ((int)panels + columns - 1) / columns;
    double width = panels == 1 ? 4.2 : 6.75;
    char *specifics = describe(picture), *caption = caption_curves(picture->panel, 1, specifics, NULL);
    Figure *figure =
        axes_figure("belief", caption, width, (panels == 5 ? 0.80 : 1.16) + rows * heights[columns] + (rows - 1) * 0.36);
    set_grid(figure, panels, columns);
    axes_cells(figure, picture->panel);
    axes_episodes(figure, &picture->returns);
    set_returns(figure, picture);
    axes_range(figure, "MI", fmin(0, picture->information.low), picture->information.high, 0.06);
    set_sights(figure, picture);
    figure_add_table(figure, picture->curves.means);
    figure_add_table(figure, picture->curves.runs);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    free(specifics);
    return good;
}

static bool draw_belief(Panel *panel, const char *folder, Error *error) {
    Picture picture = {
        .panel = panel, .curves = curves_create(), .returns = curve_range_empty(), .information = curve_range_empty()};
    Estimators estimators;
    Panels only = {.gathering = panel->gathering, .count = 1, .panel = panel};
    bool good = estimators_find(&only, &estimators, error) && find_sights(&picture, &estimators, error);
    for (size_t i = 0; i < panel->cell_count && good; i++) good = add_cell(&picture, &panel->cells[i], error);
    if (good) {
        good = render(&picture, folder, error);
    } else {
        figure_table_destroy(picture.curves.means);
        figure_table_destroy(picture.curves.runs);
    }
    for (size_t i = 0; i < picture.count; i++) {
        free(picture.sights[i].series);
        free(picture.sights[i].ceiling);
    }
    return good;
}

const Drawing drawing_belief = {.script = "belief", .needs_analysis = drawing_always, .draw = draw_belief};
