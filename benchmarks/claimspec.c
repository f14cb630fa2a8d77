#include "benchmarks/claimspec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

static const char *const claim_keys[] = {"id",         "text",       "source",     "kind",   "a",     "b",
                                         "threshold",  "margin",     "fail_below", "share",  "where", "reference",
                                         "level_pass", "level_fail", "expect",     "scales", NULL};
static const char *const measure_keys[] = {"series", "at", "window", "reduce", "reaches", "tolerance", NULL};
static const char *const reduction_names[] = {"mean", "max", "min", "last", NULL};
static const char *const expect_names[] = {"pass", "fail", "open", NULL};

// ---- what each kind of claim needs ----------------------------------------------------------------------------------

typedef enum Need { NEEDS_NOT, MAY_HAVE, MUST_HAVE } Need;

typedef struct Kind {
    const char *name;
    Need b, threshold, margin, fail_below, share, reference;
} Kind;

static const Kind kinds[] = {
    {"at_least", NEEDS_NOT, MUST_HAVE, NEEDS_NOT, MAY_HAVE, MAY_HAVE, NEEDS_NOT},
    {"at_most", NEEDS_NOT, MUST_HAVE, NEEDS_NOT, NEEDS_NOT, MAY_HAVE, NEEDS_NOT},
    {"superior", MUST_HAVE, NEEDS_NOT, MUST_HAVE, MAY_HAVE, NEEDS_NOT, NEEDS_NOT},
    {"noninferior", MUST_HAVE, NEEDS_NOT, MUST_HAVE, MAY_HAVE, NEEDS_NOT, NEEDS_NOT},
    {"correlates", MUST_HAVE, MUST_HAVE, NEEDS_NOT, MAY_HAVE, NEEDS_NOT, NEEDS_NOT},
    {"equivalent", NEEDS_NOT, NEEDS_NOT, MUST_HAVE, NEEDS_NOT, NEEDS_NOT, MUST_HAVE},
    {"described", MAY_HAVE, NEEDS_NOT, NEEDS_NOT, NEEDS_NOT, MAY_HAVE, NEEDS_NOT},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static const Kind *find_kind(const char *name) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    }
    return NULL;
}

static bool check_need(const Sheet *sheet, const SheetNode *node, const Kind *kind, const char *key, Need need, Error *error) {
    const SheetNode *value = sheet_find(sheet, node, key);
    if (need == MUST_HAVE && !value) {
        return sheet_refuse(sheet, node, error, "found no '%s', accepted: a claim of kind %s with %s", key, kind->name, key);
    }
    if (need == NEEDS_NOT && value) {
        return sheet_refuse(sheet, value, error, "found '%s', accepted: a claim of kind %s without %s", key, kind->name, key);
    }
    return true;
}

static bool check_needs(const Sheet *sheet, const SheetNode *node, const Kind *kind, Error *error) {
    return check_need(sheet, node, kind, "a", MUST_HAVE, error) && check_need(sheet, node, kind, "b", kind->b, error) &&
           check_need(sheet, node, kind, "threshold", kind->threshold, error) &&
           check_need(sheet, node, kind, "margin", kind->margin, error) &&
           check_need(sheet, node, kind, "fail_below", kind->fail_below, error) &&
           check_need(sheet, node, kind, "share", kind->share, error) &&
           check_need(sheet, node, kind, "reference", kind->reference, error);
}

// ---- measures -------------------------------------------------------------------------------------------------------

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
    bool good = sheet_get_integer(sheet, node, "window", 1, 1000000, &window, error) &&
                sheet_get_choice(sheet, node, "reduce", false, reduction_names, &reduce, error);
    measure->window = (int)window;
    for (int i = 0; reduce && reduction_names[i]; i++) {
        if (strcmp(reduce, reduction_names[i]) == 0) measure->reduce = (Reduction)i;
    }
    free(reduce);
    return good;
}

static bool read_target(const Sheet *sheet, const SheetNode *node, Measure *measure, Error *error) {
    const SheetNode *reaches = sheet_find(sheet, node, "reaches"), *tolerance = sheet_find(sheet, node, "tolerance");
    if (!reaches && tolerance) {
        return sheet_refuse(sheet, tolerance, error, "found 'tolerance' alone, accepted: beside 'reaches'");
    }
    if (!reaches) return true;
    measure->reaches = true;
    measure->target_optimum = sheet_text(reaches) && strcmp(sheet_text(reaches), "optimum") == 0;
    if (!measure->target_optimum && !sheet_get_real(sheet, node, "reaches", -INFINITY, INFINITY, &measure->target, NULL)) {
        return sheet_refuse(sheet, reaches, error, "reaches: found '%.80s', accepted: optimum, or a number",
                            sheet_text(reaches) ? sheet_text(reaches) : sheet_kind(reaches));
    }
    return sheet_get_real(sheet, node, "tolerance", 0, 1, &measure->tolerance, error);
}

static bool read_measure(const Sheet *sheet, const SheetNode *node, Measure *measure, Error *error) {
    if (!sheet_check_mapping(sheet, node, "key of a measure", measure_keys, error)) return false;
    if (!sheet_get_text(sheet, node, "series", true, &measure->series, error)) return false;
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

// ---- one claim ------------------------------------------------------------------------------------------------------

// {cell: gru}: a parameter of the experiment and a value that it can take.
static bool read_where(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *claim,
                       Error *error) {
    const SheetNode *where = sheet_find(sheet, node, "where");
    if (!where) return true;
    if (!sheet_check_mapping(sheet, where, "parameter", NULL, error)) return false;
    if (sheet_count(where) != 1)
        return sheet_refuse(sheet, where, error, "found %zu entries, accepted: one, as {cell: gru}", sheet_count(where));
    const SheetNode *key = sheet_key(sheet, where, 0), *value = sheet_value(sheet, where, 0);
    claim->where_name = config_short_name(experiment->base, sheet_text(key), error);
    if (!claim->where_name) return sheet_locate(sheet, key, error);
    if (!sheet_text(value)) return sheet_refuse(sheet, value, error, "found %s, accepted: a single value", sheet_kind(value));
    Config *config = config_copy(experiment->base);
    char text[PARAM_TEXT_SIZE];
    bool good = (config_set(config, claim->where_name, sheet_text(value), error) || sheet_locate(sheet, value, error)) &&
                config_get(config, claim->where_name, text);
    config_destroy(config);
    if (good) claim->where_value = memory_format("%s", text);
    return good;
}

static bool check_id(const Sheet *sheet, const SheetNode *node, const char *id, Error *error) {
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (id[strspn(id, allowed)] == '\0' && strlen(id) <= 40) return true;
    return sheet_refuse(sheet, sheet_find(sheet, node, "id"), error,
                        "id: found '%.80s', accepted: at most 40 letters, digits, dots, underscores and hyphens", id);
}

static bool read_numbers(const Sheet *sheet, const SheetNode *node, ClaimSpec *claim, Error *error) {
    return sheet_get_real(sheet, node, "threshold", -INFINITY, INFINITY, &claim->threshold, error) &&
           sheet_get_real(sheet, node, "margin", 0, INFINITY, &claim->margin, error) &&
           sheet_get_real(sheet, node, "fail_below", -INFINITY, INFINITY, &claim->fail_below, error) &&
           sheet_get_real(sheet, node, "level_pass", 1e-9, 0.49, &claim->level_pass, error) &&
           sheet_get_real(sheet, node, "level_fail", 1e-9, 0.49, &claim->level_fail, error) &&
           sheet_get_bool(sheet, node, "share", &claim->share, error);
}

// Bounds that contradict each other, and shares of what is no yes or no.
static bool check_numbers(const Sheet *sheet, const SheetNode *node, const ClaimSpec *claim, Error *error) {
    const SheetNode *fail_below = sheet_find(sheet, node, "fail_below");
    bool noninferior = strcmp(claim->kind, "noninferior") == 0, equivalent = strcmp(claim->kind, "equivalent") == 0;
    double pass = strcmp(claim->kind, "superior") == 0 ? claim->margin : noninferior ? -claim->margin : claim->threshold;
    if (fail_below && claim->fail_below > pass) {
        return sheet_refuse(sheet, fail_below, error,
                            "fail_below: found %g, accepted: at most %g, above which the claim passes", claim->fail_below,
                            pass);
    }
    if (claim->share && !claim->a.reaches) {
        return sheet_refuse(sheet, sheet_find(sheet, node, "share"), error,
                            "found a share without 'reaches', accepted: with reaches in a");
    }
    if (claim->share && sheet_find(sheet, node, "threshold") && (claim->threshold < 0 || claim->threshold > 1)) {
        return sheet_refuse(sheet, sheet_find(sheet, node, "threshold"), error,
                            "threshold: found %g, accepted: real, 0 to 1, as a share", claim->threshold);
    }
    if ((noninferior || equivalent) && !(claim->margin > 0)) {
        return sheet_refuse(sheet, sheet_find(sheet, node, "margin"), error, "margin: found 0, accepted: real, above 0");
    }
    return true;
}

static bool read_claim(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *claim,
                       Error *error) {
    const char *kind_names[KIND_COUNT + 1] = {NULL};
    for (size_t i = 0; i < KIND_COUNT; i++) kind_names[i] = kinds[i].name;
    *claim = (ClaimSpec){.fail_below = (double)NAN, .level_pass = 0.05, .level_fail = 0.005};
    claim->location = sheet_where(sheet, node);
    if (!sheet_check_mapping(sheet, node, "key of a claim", claim_keys, error) ||
        !sheet_get_text(sheet, node, "id", true, &claim->id, error) || !check_id(sheet, node, claim->id, error) ||
        !sheet_get_text(sheet, node, "text", true, &claim->text, error) ||
        !sheet_get_text(sheet, node, "source", true, &claim->source, error) ||
        !sheet_get_choice(sheet, node, "kind", true, kind_names, &claim->kind, error) ||
        !check_needs(sheet, node, find_kind(claim->kind), error) ||
        !read_measure(sheet, sheet_find(sheet, node, "a"), &claim->a, error)) {
        return false;
    }
    const SheetNode *b = sheet_find(sheet, node, "b");
    claim->has_b = b != NULL;
    if (b && !read_measure(sheet, b, &claim->b, error)) return false;
    bool judged = strcmp(claim->kind, "described") != 0;
    if (!sheet_get_choice(sheet, node, "expect", judged, expect_names, &claim->expect, error)) return false;
    if (!claim->expect) claim->expect = memory_format("open");    // what is only described has no verdict
    return sheet_get_text(sheet, node, "reference", false, &claim->reference, error) &&
           read_where(experiment, sheet, node, claim, error) && read_numbers(sheet, node, claim, error) &&
           check_numbers(sheet, node, claim, error);
}

void claimspec_clear(ClaimSpec *claim) {
    char *const owned[] = {claim->id,        claim->text,     claim->source,     claim->kind,
                           claim->a.series,  claim->b.series, claim->where_name, claim->where_value,
                           claim->reference, claim->expect,   claim->location};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    *claim = (ClaimSpec){0};
}

// ---- the list -------------------------------------------------------------------------------------------------------

// Whether the claim is made at this scale: everywhere, unless it names its scales.
static bool read_scales(const Sheet *sheet, const SheetNode *node, Scale scale, bool *meant, Error *error) {
    const SheetNode *list = sheet_find(sheet, node, "scales");
    *meant = list == NULL;
    if (!list) return true;
    if (!sheet_check_list(sheet, list, "scales", error)) return false;
    for (size_t i = 0; i < sheet_count(list); i++) {
        const SheetNode *item = sheet_item(sheet, list, i);
        bool known = false;
        for (int s = 0; s < SCALE_COUNT; s++)
            known = known || (sheet_text(item) && strcmp(sheet_text(item), scale_names[s]) == 0);
        if (!known) return sheet_refuse_name(sheet, item, "scale", scale_names, error);
        *meant = *meant || strcmp(sheet_text(item), scale_names[scale]) == 0;
    }
    return true;
}

static bool check_unique(const Sheet *sheet, const SheetNode *list, size_t index, Error *error) {
    const SheetNode *id = sheet_find(sheet, sheet_item(sheet, list, index), "id");
    for (size_t i = 0; i < index; i++) {
        const SheetNode *earlier = sheet_find(sheet, sheet_item(sheet, list, i), "id");
        if (strcmp(sheet_text(earlier), sheet_text(id)) != 0) continue;
        return sheet_refuse(sheet, id, error, "found the claim '%.80s' twice (first in line %zu), accepted: each id once",
                            sheet_text(id), earlier->start_mark.line + 1);
    }
    return true;
}

bool claimspec_read(Experiment *experiment, const Sheet *sheet, const SheetNode *list, Error *error) {
    if (!sheet_check_list(sheet, list, "claims", error)) return false;
    experiment->claims = memory_zeroed(sheet_count(list), sizeof *experiment->claims);
    for (size_t i = 0; i < sheet_count(list); i++) {
        const SheetNode *node = sheet_item(sheet, list, i);
        ClaimSpec *claim = &experiment->claims[experiment->claim_count];
        bool meant = false;
        bool good = read_claim(experiment, sheet, node, claim, error) && check_unique(sheet, list, i, error) &&
                    read_scales(sheet, node, experiment->scale, &meant, error);
        if (good && meant) {
            experiment->claim_count++;
        } else {
            claimspec_clear(claim);
        }
        if (!good) return false;
    }
    return true;
}
