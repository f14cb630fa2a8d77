#include "benchmarks/figure.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "benchmarks/curves.h"
#include "benchmarks/reference.h"
#include "core/arena.h"
#include "figures/driver.h"
#include "figures/palette.h"

// An LSTM's (h, c): the series have this behind the name of the set ("mine/bank-memory"), the cell in tables likewise.
static const char memory_suffix[] = "-memory";

typedef struct Cell {
    char name[PARAM_TEXT_SIZE];
    size_t run_count;
    size_t *runs;    // indices into the gathering: finished ones
    int64_t *seeds;
    bool memory;    // has series of (h, c)
} Cell;

// What one picture shows: the runs that share everything but cell and seed.
typedef struct Panel {
    Gathering *gathering;
    char *rest;    // what varies beside the cell: "length-50"; empty when nothing does
    size_t cell_count;
    Cell *cells;
    size_t runs, failed;     // of the panel, and how many broke down
    const Config *config;    // of one of its runs
} Panel;

// ---- which runs belong together ------------------------------------------------------------------------------------------

static bool is_cell_axis(const Axis *axis) {
    return strcmp(axis->name, "cell") == 0 || strcmp(axis->name, "network.cell") == 0;
}

static char *rest_of(const Experiment *experiment, const SweepRun *run) {
    char *rest = memory_format("%s", "");
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        if (is_cell_axis(axis) || axis->count < 2) continue;
        char *longer = memory_format("%s%s%s-%s", rest, *rest ? "-" : "", axis->name, run->values[i]);
        free(rest);
        rest = longer;
    }
    return rest;
}

static Cell *panel_cell(Panel *panel, const char *name, size_t room) {
    for (size_t i = 0; i < panel->cell_count; i++) {
        if (strcmp(panel->cells[i].name, name) == 0) return &panel->cells[i];
    }
    Cell *cell = &panel->cells[panel->cell_count++];
    snprintf(cell->name, sizeof cell->name, "%s", name);
    cell->runs = memory_zeroed(room, sizeof *cell->runs);
    cell->seeds = memory_zeroed(room, sizeof *cell->seeds);
    return cell;
}

static void panel_fill(Panel *panel) {
    Gathering *gathering = panel->gathering;
    panel->cells = memory_zeroed(gathering->count, sizeof *panel->cells);
    for (size_t i = 0; i < gathering->count; i++) {
        const GatheredRun *gathered = &gathering->runs[i];
        char *rest = rest_of(gathering->experiment, gathered->run);
        bool belongs = strcmp(rest, panel->rest) == 0;
        free(rest);
        if (!belongs) continue;
        panel->runs++;
        panel->failed += gathered->status == RUN_FAILED;
        panel->config = gathered->run->config;
        char name[PARAM_TEXT_SIZE] = "";
        config_get(gathered->run->config, "network.cell", name);
        Cell *cell = panel_cell(panel, name, gathering->count);
        if (!gathered->log) continue;
        cell->runs[cell->run_count] = i;
        cell->seeds[cell->run_count++] = gathered->run->seed;
    }
}

static void panel_clear(Panel *panel) {
    for (size_t i = 0; i < panel->cell_count; i++) {
        free(panel->cells[i].runs);
        free(panel->cells[i].seeds);
    }
    free(panel->cells);
    free(panel->rest);
}

// ---- captions ------------------------------------------------------------------------------------------------------------

static const char *cell_label(const char *name) {
    return palette_knows(name) ? palette[palette_index(name, 0)].label : name;
}

static char *joined(char *left, const char *separator, char *right) {
    char *text = memory_format("%s%s%s", left, *left ? separator : "", right);
    free(left);
    free(right);
    return text;
}

// "10 seeds per cell", or each cell's number where they differ.
static char *seeds_text(const Panel *panel) {
    bool same = true;
    for (size_t i = 1; i < panel->cell_count; i++) same = same && panel->cells[i].run_count == panel->cells[0].run_count;
    size_t first = panel->cells[0].run_count;
    if (same) return memory_format("%zu seed%s per cell", first, first == 1 ? "" : "s");
    char *list = memory_format("%s", "");
    for (size_t i = 0; i < panel->cell_count; i++) {
        list = joined(list, ", ", memory_format("%s %zu", cell_label(panel->cells[i].name), panel->cells[i].run_count));
    }
    char *text = memory_format("the seeds of each cell (%s)", list);
    free(list);
    return text;
}

// What every caption says: where it comes from, what is scaled down, seeds, intervals, failures, code.
static char *caption_text(const Panel *panel, const char *specifics) {
    const Experiment *experiment = panel->gathering->experiment;
    const char *scale = scale_names[experiment->scale];
    char *seeds = seeds_text(panel), *revision = gather_revision(panel->gathering);
    bool analogue = experiment->scaled_down, note = experiment->scale_note && *experiment->scale_note;
    size_t finished = 0, fewest = panel->cells[0].run_count;
    for (size_t i = 0; i < panel->cell_count; i++) {
        size_t count = panel->cells[i].run_count;
        finished += count;
        fewest = count < fewest ? count : fewest;
    }
    size_t missing = panel->runs - panel->failed - finished;
    char *partial = missing ? memory_format("; %zu not finished and left out", missing) : memory_format("%s", "");
    char *text = memory_format("%s (%s%s%s): %s%s%s%s. Lines: means over %s; bands: 95 %% intervals over seeds (percentile "
                               "bootstrap, %d replicates, pointwise%s). "
                               "%s %zu of %zu runs broke down in training%s. Code revision %s%s.",
                               experiment->title, experiment->name, *panel->rest ? ", " : "", panel->rest, scale,
                               analogue ? "-scale analogue of the published experiment" : " scale", note ? ": " : "",
                               note ? experiment->scale_note : "", seeds, CURVE_REPLICATES,
                               fewest < 10 ? "; too narrow below ten seeds" : "", specifics, panel->failed, panel->runs,
                               partial, revision, panel->gathering->stale ? ", not that of the program that drew this" : "");
    free(seeds);
    free(revision);
    free(partial);
    return text;
}

// ---- tables and variables ------------------------------------------------------------------------------------------------

// Adds a series of a cell, where all its runs have it. `shown` is the cell's name in the table. `total` and `number` (may be NULL) sum up
// the values, for lines that are the same in all runs.
static bool add_series(Panel *panel, Curves *curves, const Cell *cell, const char *series, const char *name, const char *shown,
                       CurveRange *range, bool *there, Error *error) {
    Series *runs = memory_zeroed(cell->run_count + 1, sizeof *runs);
    bool good = true;
    *there = cell->run_count > 0;
    for (size_t i = 0; i < cell->run_count && good && *there; i++) {
        good = gather_has(panel->gathering, cell->runs[i], series, there, error) &&
               (!*there || gather_series(panel->gathering, cell->runs[i], series, &runs[i], error));
    }
    if (good && *there) good = curves_add(curves, name, shown, runs, cell->seeds, cell->run_count, range, error);
    for (size_t i = 0; i < cell->run_count; i++) series_free(&runs[i]);
    free(runs);
    return good;
}

// Mean over runs of the last value of a series that is drawn as one line; NaN when no run has it.
static bool line_height(Panel *panel, const char *series, double *height, Error *error) {
    double sum = 0;
    size_t count = 0;
    for (size_t c = 0; c < panel->cell_count; c++) {
        for (size_t i = 0; i < panel->cells[c].run_count; i++) {
            Series values;
            bool there;
            if (!gather_has(panel->gathering, panel->cells[c].runs[i], series, &there, error)) return false;
            if (!there) continue;
            if (!gather_series(panel->gathering, panel->cells[c].runs[i], series, &values, error)) return false;
            if (values.count > 0) sum += values.value[values.count - 1], count++;
            series_free(&values);
        }
    }
    *height = count ? sum / (double)count : NAN;
    return true;
}

// Names, colours and line types of the cells, then of the cells with memory: what the scripts loop over.
static void set_cells(Figure *figure, const Panel *panel) {
    size_t room = 2 * panel->cell_count, states = 0, unknown = 0;
    const char **name = memory_zeroed(room, sizeof *name), **label = memory_zeroed(room, sizeof *label);
    const char **colour = memory_zeroed(room, sizeof *colour), **faint = memory_zeroed(room, sizeof *faint);
    int *style = memory_zeroed(room, sizeof *style);
    bool memory = false;
    for (; states < panel->cell_count; states++) {
        const char *cell = panel->cells[states].name;
        size_t entry = palette_index(cell, unknown);
        if (!palette_knows(cell)) unknown++;
        name[states] = cell;
        label[states] = panel->cells[states].memory ? "LSTM (h)" : cell_label(cell);
        colour[states] = palette[entry].colour;
        faint[states] = palette[entry].faint;
        style[states] = (int)entry + 1;
        memory = memory || panel->cells[states].memory;
    }
    if (memory) {
        size_t entry = palette_index("lstm-memory", 0);
        name[states] = palette[entry].name;
        label[states] = palette[entry].label;
        colour[states] = palette[entry].colour;
        style[states++] = (int)entry + 1;
    }
    figure_number(figure, "CELL_COUNT", (double)panel->cell_count);
    figure_strings(figure, "CELL", panel->cell_count, name);
    figure_strings(figure, "CELL_NAME", panel->cell_count, label);
    figure_strings(figure, "COLOUR", panel->cell_count, colour);
    figure_strings(figure, "FAINT", panel->cell_count, faint);
    figure_integers(figure, "STYLE", panel->cell_count, style);
    figure_number(figure, "STATE_COUNT", (double)states);    // hidden states: the LSTM may be there with h and with (h, c)
    figure_strings(figure, "STATE", states, name);
    figure_strings(figure, "STATE_NAME", states, label);
    figure_strings(figure, "STATE_COLOUR", states, colour);
    figure_integers(figure, "STATE_STYLE", states, style);
    free(name);
    free(label);
    free(colour);
    free(faint);
    free(style);
}

// Axes with round limits. `room` is added above, for a label on the topmost line.
static void set_axes(Figure *figure, const char *axis, double low, double high, double room) {
    if (!(low < high)) {    // nothing was drawn, or one value
        low = isfinite(low) ? low - 1 : 0;
        high = low + 2;
    }
    double tick = curve_tick(high - low), half = tick / 2;
    char name[64];
    snprintf(name, sizeof name, "%s_MIN", axis);
    figure_number(figure, name, half * floor(low / half));
    snprintf(name, sizeof name, "%s_MAX", axis);
    figure_number(figure, name, half * ceil((high + room * (high - low)) / half));
    snprintf(name, sizeof name, "%s_TICK", axis);
    figure_number(figure, name, tick);
}

static void set_episodes(Figure *figure, const CurveRange *range) {
    double high = range->x_high > 0 ? range->x_high : 1;
    figure_number(figure, "X_MAX", high);
    figure_number(figure, "X_TICK", curve_tick(high));
    int marks = (int)(range->points / 15) + 1;    // every so many points have a marker
    figure_number(figure, "MARKS", marks);
}

static bool optimal_return(const Config *config, double *optimum, Error *error) {
    Env *env = env_create(config_env(config), config_env_params(config), error);
    if (!env) return false;
    *optimum = env->spec.optimal_discounted_return;
    env_destroy(env);
    return true;
}

// ---- the figure of the T-Maze --------------------------------------------------------------------------------------------

static const char return_series[] = "evaluation/discounted_return";
static const char *const information_series[] = {"entropy/policy", "mine/policy", "entropy/bank",
                                                 "mine/bank",      "probe/bank",  "mine/bank-observation"};
enum { INFORMATION_SERIES = sizeof information_series / sizeof information_series[0] };

static bool add_information(Panel *panel, Curves *curves, Cell *cell, CurveRange *range, Error *error) {
    char shown[PARAM_TEXT_SIZE + sizeof memory_suffix];
    snprintf(shown, sizeof shown, "%s%s", cell->name, memory_suffix);
    for (size_t i = 0; i < INFORMATION_SERIES; i++) {
        const char *series = information_series[i];
        char *with_memory = memory_format("%s%s", series, memory_suffix);
        bool there;
        bool good = add_series(panel, curves, cell, series, series, cell->name, range, &there, error) &&
                    add_series(panel, curves, cell, with_memory, series, shown, range, &there, error);
        free(with_memory);
        if (!good) return false;
        cell->memory = cell->memory || there;
    }
    return true;
}

static bool draw_tmaze(Panel *panel, const char *folder, Error *error) {
    Curves curves = curves_create();
    CurveRange returns = curve_range_empty(), information = curve_range_empty();
    double optimum = NAN, entropy = NAN, observation = NAN;
    bool there, good = optimal_return(panel->config, &optimum, error);
    for (size_t i = 0; i < panel->cell_count && good; i++) {
        Cell *cell = &panel->cells[i];
        good = add_series(panel, &curves, cell, return_series, return_series, cell->name, &returns, &there, error) &&
               add_information(panel, &curves, cell, &information, error);
    }
    good = good && line_height(panel, "entropy/bank", &entropy, error) &&
           line_height(panel, "mine/bank-observation", &observation, error);
    char *caption = caption_text(panel, "(a) greedy evaluations; (b)-(d) what hidden states tell about the exact belief: MINE "
                                        "estimates on held-out pairs (b, c) and a "
                                        "softmax probe's bound (d). Dashed: H(b), plug-in entropy of the beliefs, in (b) in "
                                        "each cell's colour. In (c, d) all cells and "
                                        "checkpoints share one frozen bank of histories under the exploration policy; dotted: "
                                        "MINE from the current observation.");
    char *scripts = memory_format("%s/figures", experiment_root());
    Figure *figure = figure_create(scripts, "tmaze", caption, 6.75, 5.15);
    set_cells(figure, panel);
    set_episodes(figure, &returns);
    set_axes(figure, "RETURN", fmin(returns.low, optimum), fmax(returns.high, optimum), 0.06);
    set_axes(figure, "MI", fmin(0, information.low), fmax(information.high, entropy), 0.06);
    figure_string(figure, "RETURN", return_series);
    figure_number(figure, "OPTIMUM", optimum);
    figure_number(figure, "BANK_ENTROPY", entropy);
    figure_number(figure, "OBSERVATION", observation);
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    free(caption);
    free(scripts);
    return good;
}

// ---- parity with a reference ---------------------------------------------------------------------------------------------

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
    double optimum = NAN;
    bool there, good = optimal_return(panel->config, &optimum, error);
    for (size_t i = 0; i < panel->cell_count && good; i++) {
        const Cell *cell = &panel->cells[i];
        good = add_series(panel, &curves, cell, claim->a.series, "ours", cell->name, &range, &there, error) &&
               add_reference(panel, &curves, cell, reference, count, &range, error);
    }
    reference_series_free(count, reference);
    char *caption =
        caption_text(panel, "Solid: engram, with every run behind its mean. Dashed, open markers: the authors' own program. "
                            "Dotted: the optimal policy.");
    char *scripts = memory_format("%s/figures", experiment_root());
    Figure *figure = figure_create(scripts, "parity", caption, 6.75, 4.3);
    set_cells(figure, panel);
    set_episodes(figure, &range);
    set_axes(figure, "RETURN", fmin(range.low, optimum), fmax(range.high, optimum), 0.04);
    figure_number(figure, "OPTIMUM", optimum);
    figure_number(figure, "FIRST_SEED", (double)experiment->first_seed);
    figure_number(figure, "LAST_SEED", (double)experiment->last_seed);
    figure_add_table(figure, curves.means);
    figure_add_table(figure, curves.runs);
    good = good && figure_render(figure, folder, error);
    figure_destroy(figure);
    free(caption);
    free(scripts);
    return good;
}

// ---- which figure --------------------------------------------------------------------------------------------------------

typedef struct Drawing {
    bool (*draw)(Panel *panel, const char *folder, Error *error);
    bool estimates;    // shows series of the analysis, whatever the claims are about
} Drawing;

// To add a figure: a script in figures/, a function that gathers its tables, a line in each of these two.
enum { DRAWING_TMAZE, DRAWING_PARITY, DRAWING_COUNT };
static const Drawing drawings[DRAWING_COUNT] = {
    [DRAWING_TMAZE] = {draw_tmaze, true},
    [DRAWING_PARITY] = {draw_parity, false},
};
const char *const figure_scripts[] = {[DRAWING_TMAZE] = "tmaze", [DRAWING_PARITY] = "parity", [DRAWING_COUNT] = NULL};

// NULL for an experiment without a figure. Its script is known: the file would not have been loaded otherwise.
static const Drawing *find_drawing(const Experiment *experiment) {
    if (!experiment->figure_script) return NULL;
    int i = 0;
    while (i < DRAWING_COUNT && strcmp(figure_scripts[i], experiment->figure_script) != 0) i++;
    assert(i < DRAWING_COUNT);
    return &drawings[i];
}

bool figure_needs_analysis(const Experiment *experiment) {
    const Drawing *drawing = find_drawing(experiment);
    const ClaimSpec *claim = reference_claim(experiment);
    return drawing && (drawing->estimates || (claim && analyse_makes(claim->a.series)));
}

static bool draw_panel(const Drawing *drawing, Gathering *gathering, char *rest, char **folder, Error *error) {
    const Experiment *experiment = gathering->experiment;
    Panel panel = {.gathering = gathering, .rest = rest};
    panel_fill(&panel);
    *folder = memory_format("%s/figures/%s-%s%s%s", gathering->results, experiment->name, scale_names[experiment->scale],
                            *rest ? "-" : "", rest);
    bool good = drawing->draw(&panel, *folder, error);
    panel_clear(&panel);
    return good;
}

bool figure_draw(const char *results, const Experiment *experiment, bool partial, size_t *count, char ***folders,
                 Error *error) {
    *count = 0;
    *folders = NULL;
    const Drawing *drawing = find_drawing(experiment);
    if (!drawing) return error_set(error, "%s has no figure", experiment->path);
    Gathering *gathering = gather_runs(results, experiment, partial, error);
    if (!gathering) return false;
    *folders = memory_zeroed(gathering->count, sizeof **folders);
    char **drawn = memory_zeroed(gathering->count, sizeof *drawn);    // what varies beside the cell, each once
    bool good = true;
    for (size_t i = 0; i < gathering->count && good; i++) {
        char *rest = rest_of(experiment, gathering->runs[i].run);
        bool seen = false;
        for (size_t k = 0; k < *count && !seen; k++) seen = strcmp(drawn[k], rest) == 0;
        if (!seen) {
            drawn[*count] = memory_format("%s", rest);
            good = draw_panel(drawing, gathering, memory_format("%s", rest), &(*folders)[*count], error);
            (*count)++;
        }
        free(rest);
    }
    for (size_t k = 0; k < *count; k++) free(drawn[k]);
    free(drawn);
    gather_free(gathering);
    if (good) return true;
    figure_folders_free(*count, *folders);
    *count = 0;
    *folders = NULL;
    return false;
}

void figure_folders_free(size_t count, char **folders) {
    for (size_t i = 0; i < count; i++) free(folders[i]);
    free(folders);
}
