#include "benchmarks/armspec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "benchmarks/selector.h"
#include "benchmarks/trainer.h"
#include "core/arena.h"

static const char *const arm_keys[] = {"series",   "at",        "window", "reduce", "reaches",
                                       "falls_to", "tolerance", "where",  "seeds",  NULL};
static const char *const reduction_names[] = {"mean", "max", "min", "last", "first", NULL};

static bool read_step(const Sheet *sheet, const SheetNode *node, Measure *measure, Error *error) {
    const SheetNode *at = sheet_find(sheet, node, "at");
    measure->at_step = true;
    measure->step = -1;
    if (sheet_text(at) && strcmp(sheet_text(at), "last") == 0) return true;
    if (sheet_get_integer(sheet, node, "at", -1000000000, 1000000000, &measure->step, NULL)) return true;
    return sheet_refuse(sheet, at, error, "at: found '%.80s', accepted: last, or a step (negative: counted from the last one)",
                        sheet_text(at) ? sheet_text(at) : sheet_kind(at));
}

static bool read_window(const Sheet *sheet, const SheetNode *node, Measure *measure, Error *error) {
    int64_t window = 0;
    char *reduce = NULL;
    const char *text = sheet_text(sheet_find(sheet, node, "window"));
    bool all = text && strcmp(text, "all") == 0;
    bool good = (all || sheet_get_integer(sheet, node, "window", 1, 1000000, &window, error)) &&
                sheet_get_choice(sheet, node, "reduce", false, reduction_names, &reduce, error);
    measure->window = (int)window;
    for (int i = 0; reduce && reduction_names[i]; i++) {
        if (strcmp(reduce, reduction_names[i]) == 0) measure->reduce = (Reduction)i;
    }
    free(reduce);
    return good;
}

static bool read_target(const Sheet *sheet, const SheetNode *node, Measure *measure, Error *error) {
    const SheetNode *rises = sheet_find(sheet, node, "reaches"), *falls = sheet_find(sheet, node, "falls_to");
    const SheetNode *tolerance = sheet_find(sheet, node, "tolerance"), *reaches = rises ? rises : falls;
    if (!reaches && tolerance) {
        return sheet_refuse(sheet, tolerance, error, "found 'tolerance' alone, accepted: beside 'reaches'");
    }
    if (!reaches && measure->reduce == REDUCE_FIRST) {
        return sheet_refuse(sheet, sheet_find(sheet, node, "reduce"), error,
                            "found 'first' alone, accepted: beside 'reaches' or 'falls_to'");
    }
    if (!reaches) return true;
    if (rises && falls) return sheet_refuse(sheet, falls, error, "found 'reaches' and 'falls_to', accepted: one of them");
    measure->reaches = true;
    measure->falls = falls != NULL;
    if (falls)
        return sheet_get_real(sheet, node, "falls_to", -INFINITY, INFINITY, &measure->target, error) &&
               sheet_get_real(sheet, node, "tolerance", 0, 1, &measure->tolerance, error);
    measure->target_optimum = sheet_text(reaches) && strcmp(sheet_text(reaches), "optimum") == 0;
    if (measure->target_optimum && !strstr(measure->series, "return")) {
        return sheet_refuse(sheet, reaches, error,
                            "reaches: found optimum of %s, accepted: of a return; of other series a number", measure->series);
    }
    if (!measure->target_optimum && !sheet_get_real(sheet, node, "reaches", -INFINITY, INFINITY, &measure->target, NULL)) {
        return sheet_refuse(sheet, reaches, error, "reaches: found '%.80s', accepted: optimum, or a number",
                            sheet_text(reaches) ? sheet_text(reaches) : sheet_kind(reaches));
    }
    return sheet_get_real(sheet, node, "tolerance", 0, 1, &measure->tolerance, error);
}

static bool is_among(const char *const *names, const char *name) {
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) return true;
    }
    return false;
}

// The agent's and the trainer's own series are known before any run; those of the analysis by their first word.
static bool check_series(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, const char *series,
                         Error *error) {
    const char *const *known = config_agent(experiment->base)->series;
    if (analyse_makes(series) || is_among(known, series) || is_among(trainer_series, series)) return true;
    enum { NAMES_MAX = 64 };
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;
    for (; count < NAMES_MAX - 16 && known[count]; count++) names[count] = known[count];
    for (size_t i = 0; trainer_series[i]; i++) names[count++] = trainer_series[i];
    static const char *const analysed[] = {"mine/policy", "mine/bank",      "probe/policy",
                                           "probe/bank",  "entropy/policy", "entropy/bank"};
    for (size_t i = 0; i < sizeof analysed / sizeof *analysed; i++) names[count++] = analysed[i];
    return sheet_refuse_name(sheet, sheet_find(sheet, node, "series"), "series", names, error);
}

static Measure copy_measure(const Measure *from) {
    Measure copy = *from;
    copy.series = memory_format("%s", from->series);
    return copy;
}

static bool read_measure(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, Measure *measure,
                         Error *error) {
    if (!sheet_get_text(sheet, node, "series", true, &measure->series, error) ||
        !check_series(experiment, sheet, node, measure->series, error)) {
        return false;
    }
    const SheetNode *at = sheet_find(sheet, node, "at"), *window = sheet_find(sheet, node, "window");
    if (!at == !window) {
        return sheet_refuse(sheet, node, error, "found %s, accepted: one of 'at' and 'window'",
                            at ? "both 'at' and 'window'" : "neither");
    }
    const SheetNode *reduce = sheet_find(sheet, node, "reduce");
    if (reduce && at) return sheet_refuse(sheet, reduce, error, "found 'reduce' beside 'at', accepted: beside 'window'");
    if (!(at ? read_step(sheet, node, measure, error) : read_window(sheet, node, measure, error))) return false;
    return read_target(sheet, node, measure, error);
}

static bool read_seeds(const Sheet *sheet, const SheetNode *node, ArmSpec *arm, Error *error) {
    const SheetNode *seeds = sheet_find(sheet, node, "seeds");
    if (!seeds) return true;
    arm->has_seeds = true;
    if (!sheet_text(seeds))
        return sheet_refuse(sheet, seeds, error, "seeds: found %s, accepted: A..B, as 1..10", sheet_kind(seeds));
    if (seeds_parse(sheet_text(seeds), &arm->seeds.first, &arm->seeds.last, error)) return true;
    error_context(error, "seeds: ");
    return sheet_locate(sheet, seeds, error);
}

bool armspec_read(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, const ArmSpec *like, ArmSpec *arm,
                  bool *absent, Error *error) {
    if (!sheet_check_mapping(sheet, node, "key of a measure", arm_keys, error)) return false;
    bool own = !like || sheet_find(sheet, node, "series");
    for (int i = 1; !own && i < 7; i++) {
        const SheetNode *stray = sheet_find(sheet, node, arm_keys[i]);
        if (stray) return sheet_refuse(sheet, stray, error, "found '%s' without 'series', accepted: beside it", arm_keys[i]);
    }
    if (own && !read_measure(experiment, sheet, node, &arm->measure, error)) return false;
    if (!own) arm->measure = copy_measure(&like->measure);
    const SheetNode *where = sheet_find(sheet, node, "where");
    if (where && !selector_read(experiment, sheet, where, &arm->where, absent, error)) return false;
    return read_seeds(sheet, node, arm, error);
}

void armspec_clear(ArmSpec *arm) {
    free(arm->measure.series);
    selector_clear(&arm->where);
}
