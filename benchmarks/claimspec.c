#include "benchmarks/claimspec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/armspec.h"
#include "benchmarks/selector.h"
#include "core/arena.h"

// ---- what each kind of claim needs ----------------------------------------------------------------------------------

static const char *const claim_keys[] = {
    "id",        "text",      "source",     "kind",        "a",          "b",      "order",       "across",
    "threshold", "margin",    "band",       "published",   "digests",    "share",  "pairing",     "where",
    "scales",    "reference", "fail_below", "level_pass",  "level_fail", "family", "test",        "bounds",
    "nan",       "worst",     "fewest",     "gate_margin", "tier",       "expect", "calibration", NULL};

// Words with a space around each, so that a key can be looked up. In `needs`, "b|reference" is one of the two.
typedef struct Kind {
    const char *needs, *may_have;
} Kind;

static const Kind kinds[CLAIM_KIND_COUNT] = {
    [CLAIM_AT_LEAST] = {" a threshold ", " fail_below share "},
    [CLAIM_AT_MOST] = {" a threshold ", " share "},
    [CLAIM_WITHIN] = {" a band ", " share "},
    [CLAIM_SUPERIOR] = {" a b|reference margin ", " fail_below pairing "},
    [CLAIM_NONINFERIOR] = {" a b|reference margin ", " fail_below pairing "},
    [CLAIM_EQUIVALENT] = {" a b|reference margin ", " pairing "},
    [CLAIM_DOMINATES] = {" a b|reference threshold ", " fail_below pairing "},
    [CLAIM_CORRELATES] = {" a b threshold ", " fail_below "},
    [CLAIM_ORDERED] = {" a order ", " margin "},
    [CLAIM_TREND] = {" a across threshold ", " "},
    [CLAIM_REPRODUCES] = {" a published margin ", " "},
    [CLAIM_BITWISE] = {" digests ", " "},
    [CLAIM_DESCRIBED] = {" a ", " b share "},
};
static const char *const kind_keys[] = {"a",         "b",       "order", "across",  "threshold", "margin",    "band",
                                        "published", "digests", "share", "pairing", "reference", "fail_below"};

static bool has_word(const char *words, const char *key) {
    size_t length = strlen(key);
    for (const char *at = strstr(words, key); at; at = strstr(at + 1, key)) {
        bool begins = at[-1] == ' ' || at[-1] == '|', ends = at[length] == ' ' || at[length] == '|';
        if (begins && ends) return true;
    }
    return false;
}

static bool check_needs(const Sheet *sheet, const SheetNode *node, ClaimKind kind, Error *error) {
    const char *name = claim_kind_names[kind], *needs = kinds[kind].needs;
    bool either = has_word(needs, "reference");
    const SheetNode *b = sheet_find(sheet, node, "b"), *reference = sheet_find(sheet, node, "reference");
    if (either && !b == !reference) {
        return sheet_refuse(sheet, node, error, "found %s, accepted: a claim of kind %s with one of 'b' and 'reference'",
                            b ? "both 'b' and 'reference'" : "neither 'b' nor 'reference'", name);
    }
    for (size_t i = 0; i < sizeof kind_keys / sizeof *kind_keys; i++) {
        const char *key = kind_keys[i];
        const SheetNode *value = sheet_find(sheet, node, key);
        bool needed = has_word(needs, key), allowed = needed || has_word(kinds[kind].may_have, key);
        bool alternative = either && (strcmp(key, "b") == 0 || strcmp(key, "reference") == 0);
        if (needed && !alternative && !value) {
            return sheet_refuse(sheet, node, error, "found no '%s', accepted: a claim of kind %s with %s", key, name, key);
        }
        if (!allowed && value) {
            return sheet_refuse(sheet, value, error, "found '%s', accepted: a claim of kind %s without %s", key, name, key);
        }
    }
    return true;
}

// ---- calibration ----------------------------------------------------------------------------------------------------

bool calibration_read(const Sheet *sheet, const SheetNode *node, Calibration *calibration, Error *error) {
    static const char *const keys[] = {"seeds", "commit", NULL};
    if (!sheet_check_mapping(sheet, node, "key of a calibration", keys, error) ||
        !sheet_require(sheet, node, "seeds", "A..B, the seeds that thresholds were fixed on", error)) {
        return false;
    }
    free(calibration->commit);
    *calibration = (Calibration){.given = true};
    const SheetNode *seeds = sheet_find(sheet, node, "seeds"), *commit = sheet_find(sheet, node, "commit");
    if (!sheet_text(seeds) || !seeds_parse(sheet_text(seeds), &calibration->seeds.first, &calibration->seeds.last, error)) {
        return sheet_refuse(sheet, seeds, error, "seeds: found '%.80s', accepted: A..B, as 1001..1010",
                            sheet_text(seeds) ? sheet_text(seeds) : sheet_kind(seeds));
    }
    if (!sheet_get_text(sheet, node, "commit", true, &calibration->commit, error)) return false;
    size_t digits = strspn(calibration->commit, "0123456789abcdef");
    if (digits >= 7 && digits <= 40 && calibration->commit[digits] == '\0') return true;
    return sheet_refuse(sheet, commit, error,
                        "commit: found '%.80s', accepted: 7 to 40 hexadecimal digits of the commit that fixed the thresholds",
                        calibration->commit);
}

static void copy_calibration(const Calibration *from, Calibration *to) {
    *to = *from;
    if (from->commit) to->commit = memory_format("%s", from->commit);
}

// ---- what the arms are ----------------------------------------------------------------------------------------------

static bool seeds_meet(SeedRange a, SeedRange b) {
    return a.first <= b.last && b.first <= a.last;
}

// Arms of different runs: in pairs, unless the claim says none and the arms share no seed (and so no random numbers).
static bool read_pairing(const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, Error *error) {
    static const char *const names[] = {"seed", "none", NULL};
    char *pairing = NULL;
    if (!sheet_get_choice(sheet, node, "pairing", false, names, &pairing, error)) return false;
    bool none = pairing && strcmp(pairing, "none") == 0;
    const SheetNode *at = sheet_find(sheet, node, "pairing");
    free(pairing);
    bool arms = claim_has_two_arms(spec->claim.kind) || spec->claim.kind == CLAIM_ORDERED;
    spec->claim.paired = arms && !none && !spec->reference;
    bool disjoint = spec->a.has_seeds && spec->b.has_seeds && !seeds_meet(spec->a.seeds, spec->b.seeds);
    if (spec->reference)
        return !at || sheet_refuse(sheet, at, error, "found 'pairing' beside 'reference', accepted: without it");
    if (none && !disjoint) {
        return sheet_refuse(sheet, at, error,
                            "pairing: found none, but the arms share seeds and so random numbers; accepted: seed, or a and b "
                            "with seeds of their own (seeds: A..B in each)");
    }
    if (!none && (spec->a.has_seeds || spec->b.has_seeds)) {
        return sheet_refuse(sheet, node, error, "found seeds of an arm, accepted: with pairing: none, in both arms");
    }
    return true;
}

static bool read_order(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, bool *absent,
                       Error *error) {
    const SheetNode *order = sheet_find(sheet, node, "order");
    if (!order) return true;
    Selector all = {0};
    bool good = selector_read(experiment, sheet, order, &all, absent, error);
    if (good && (all.count != 1 || sheet_count(sheet_value(sheet, order, 0)) < 2)) {
        good = sheet_refuse(sheet, order, error,
                            "order: accepted: one parameter with two values or more, the highest first, as {cell: [gru, mgu]}");
    }
    for (size_t i = 0; good && i < all.terms[0].count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(all.terms[0].values[i], all.terms[0].values[k]) != 0) continue;
            good =
                sheet_refuse(sheet, order, error, "order: found %s twice, accepted: each value once", all.terms[0].values[i]);
        }
    }
    if (good && selector_names(&spec->where, all.terms[0].name))
        good = sheet_refuse(sheet, order, error, "order: found %s, which `where` names as well, accepted: one of them",
                            all.terms[0].name);
    // Where an option took one of the arms away there is no order left to judge.
    *absent = *absent || (good && all.terms[0].count < sheet_count(sheet_value(sheet, order, 0)));
    if (good) {
        spec->order = memory_zeroed(all.terms[0].count + 1, sizeof *spec->order);
        for (size_t i = 0; i < all.terms[0].count; i++) {
            Selector *arm = &spec->order[spec->order_count++];
            *arm = (Selector){1, memory_zeroed(1, sizeof(SelectorTerm))};
            arm->terms[0] = all.terms[0];
            arm->terms[0].name = memory_format("%s", all.terms[0].name);
            arm->terms[0].values = memory_zeroed(1, sizeof(char *));
            arm->terms[0].count = 1;
            arm->terms[0].values[0] = memory_format("%s", all.terms[0].values[i]);
        }
    }
    selector_clear(&all);
    return good;
}

// The parameter that a trend goes along: it varies, in numbers above 0.
static bool read_across(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, bool *absent,
                        Error *error) {
    const SheetNode *across = sheet_find(sheet, node, "across");
    if (!across) return true;
    if (!sheet_text(across))
        return sheet_refuse(sheet, across, error, "across: found %s, accepted: a parameter", sheet_kind(across));
    spec->across = experiment_short_name(experiment, sheet_text(across), error);
    if (!spec->across) return sheet_locate(sheet, across, error);
    for (size_t i = 0; i < spec->where.count; i++) {
        const SelectorTerm *term = &spec->where.terms[i];
        if (strcmp(term->name, spec->across) != 0 || term->count > 1 || *absent) continue;
        return sheet_refuse(sheet, across, error, "across: found %s, of which `where` leaves one value, accepted: two or more",
                            spec->across);
    }
    const Axis *axis = experiment_axis(experiment, spec->across);
    if (axis) {
        bool numbers = axis->count >= 2;
        for (size_t k = 0; k < axis->count && numbers; k++) {
            char *end;
            numbers = strtod(axis->values[k], &end) > 0 && !*end;
        }
        *absent = *absent || (axis->count < 2 && strncmp(axis->where, "--", 2) == 0);
        if (numbers || *absent) return true;
        return sheet_refuse(sheet, across, error, "across: %s has %zu value%s, accepted: two or more, numbers above 0",
                            axis->name, axis->count, axis->count == 1 ? "" : "s");
    }
    if (*absent || experiment->overridden) return *absent = true;
    return sheet_refuse(sheet, across, error, "across: found %s, which does not vary, accepted: a parameter under `vary`",
                        spec->across);
}

// The claim's `where` and the arm's must leave some run.
static bool check_where(const Sheet *sheet, const SheetNode *node, const ClaimSpec *spec, const ArmSpec *arm, Error *error) {
    for (size_t i = 0; i < arm->where.count; i++) {
        const SelectorTerm *term = &arm->where.terms[i];
        if (term->count == 0 || selector_meets(&spec->where, term)) continue;
        return sheet_refuse(sheet, sheet_find(sheet, node, "where"), error,
                            "where: found %s of an arm beside another %s of the claim, accepted: values that both have",
                            term->name, term->name);
    }
    return true;
}

static bool read_arms(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, bool *absent,
                      Error *error) {
    const SheetNode *a = sheet_find(sheet, node, "a"), *b = sheet_find(sheet, node, "b"),
                    *where = sheet_find(sheet, node, "where");
    if (where && !selector_read(experiment, sheet, where, &spec->where, absent, error)) return false;
    if (a &&
        (!armspec_read(experiment, sheet, a, NULL, &spec->a, absent, error) || !check_where(sheet, a, spec, &spec->a, error)))
        return false;
    if (b && (!armspec_read(experiment, sheet, b, &spec->a, &spec->b, absent, error) ||
              !check_where(sheet, b, spec, &spec->b, error)))
        return false;
    spec->has_b = b != NULL;
    spec->apart = b && (spec->b.where.count > 0 || spec->b.has_seeds);
    bool arms_of_runs = claim_has_two_arms(spec->claim.kind);
    if (spec->apart && !arms_of_runs) {
        return sheet_refuse(sheet, b, error,
                            "found other runs in b, accepted: of a claim with two arms; kind %s takes both from one run",
                            claim_kind_names[spec->claim.kind]);
    }
    if (spec->a.has_seeds && !spec->apart)
        return sheet_refuse(sheet, a, error, "found seeds in a, accepted: beside a b with where and seeds of its own");
    return read_order(experiment, sheet, node, spec, absent, error) &&
           read_across(experiment, sheet, node, spec, absent, error) && read_pairing(sheet, node, spec, error);
}

// ---- numbers --------------------------------------------------------------------------------------------------------

static bool read_interval(const Sheet *sheet, const SheetNode *node, const char *key, Interval *interval, Error *error) {
    const SheetNode *list = sheet_find(sheet, node, key);
    if (!list) return true;
    if (!sheet_is_list(list) || sheet_count(list) != 2)
        return sheet_refuse(sheet, list, error, "%s: found %s, accepted: two numbers, as [0, 1]", key, sheet_kind(list));
    double *value[] = {&interval->low, &interval->high};
    for (size_t i = 0; i < 2; i++) {
        const char *text = sheet_text(sheet_item(sheet, list, i));
        char *end = NULL;
        *value[i] = text ? strtod(text, &end) : (double)NAN;
        if (!text || end == text || *end || !isfinite(*value[i])) {
            return sheet_refuse(sheet, sheet_item(sheet, list, i), error, "%s: found '%.80s', accepted: a number", key,
                                text ? text : "no number");
        }
    }
    if (interval->low < interval->high) return true;
    return sheet_refuse(sheet, list, error, "%s: found [%g, %g], accepted: the lower one first", key, interval->low,
                        interval->high);
}

static bool read_published(const Sheet *sheet, const SheetNode *node, Published *published, Error *error) {
    static const char *const keys[] = {"mean", "sd", "n", NULL};
    const SheetNode *mapping = sheet_find(sheet, node, "published");
    if (!mapping) return true;
    int64_t n = 0;
    bool good = sheet_check_mapping(sheet, mapping, "key of what is published", keys, error) &&
                sheet_require(sheet, mapping, "mean", "a number", error) &&
                sheet_get_real(sheet, mapping, "mean", -INFINITY, INFINITY, &published->mean, error) &&
                sheet_get_real(sheet, mapping, "sd", 0, INFINITY, &published->sd, error) &&
                sheet_get_integer(sheet, mapping, "n", 1, 1000000, &n, error);
    published->n = (int)n;
    return good;
}

// An index into `names`, which `value` is left at when the key is absent.
static bool read_choice(const Sheet *sheet, const SheetNode *node, const char *key, const char *const *names, int *value,
                        Error *error) {
    char *text = NULL;
    if (!sheet_get_choice(sheet, node, key, false, names, &text, error)) return false;
    for (int i = 0; text && names[i]; i++) {
        if (strcmp(names[i], text) == 0) *value = i;
    }
    free(text);
    return true;
}

static bool read_numbers(const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, Error *error) {
    Claim *claim = &spec->claim;
    int64_t fewest = claim->fewest;
    int test = TEST_DEFAULT, failed = FAILED_ERROR, expect = EXPECT_OPEN;
    bool good = sheet_get_real(sheet, node, "threshold", -INFINITY, INFINITY, &claim->threshold, error) &&
                sheet_get_real(sheet, node, "margin", 0, INFINITY, &claim->threshold, error) &&
                sheet_get_real(sheet, node, "fail_below", -INFINITY, INFINITY, &claim->fail_below, error) &&
                sheet_get_real(sheet, node, "worst", -INFINITY, INFINITY, &claim->worst, error) &&
                sheet_get_real(sheet, node, "gate_margin", 0, INFINITY, &spec->gate_margin, error) &&
                sheet_get_real(sheet, node, "level_pass", 1e-9, 0.49, &claim->level_pass, error) &&
                sheet_get_real(sheet, node, "level_fail", 1e-9, 0.49, &claim->level_fail, error) &&
                sheet_get_bool(sheet, node, "share", &claim->share, error) &&
                sheet_get_integer(sheet, node, "fewest", 2, 100000, &fewest, error) &&
                read_choice(sheet, node, "test", claim_test_names, &test, error) &&
                read_choice(sheet, node, "expect", claim_expectation_names, &expect, error) &&
                read_interval(sheet, node, "band", &claim->band, error) &&
                read_interval(sheet, node, "bounds", &claim->bounds, error) &&
                read_published(sheet, node, &claim->published, error);
    if (!good) return false;
    // A run that broke down has not shown what a share counts: it stands against the claim.
    if (claim->share && claim->kind != CLAIM_WITHIN) failed = FAILED_WORST;
    if (claim->share && claim->kind != CLAIM_WITHIN && isnan(claim->worst)) claim->worst = claim->kind == CLAIM_AT_MOST ? 1 : 0;
    if (!isnan(claim->worst)) failed = FAILED_WORST;
    if (!read_choice(sheet, node, "nan", failed_policy_names, &failed, error)) return false;
    claim->test = (ClaimTest)test;
    claim->failed = (FailedPolicy)failed;
    claim->expect = (ClaimExpectation)expect;
    claim->fewest = (int)fewest;
    return true;
}

// What analysis/claims.h refuses is refused here, at its place in the file: its messages begin with the claim and the key.
static bool check_claim(const Sheet *sheet, const SheetNode *node, const ClaimSpec *spec, Error *error) {
    const SheetNode *share = sheet_find(sheet, node, "share");
    if (spec->claim.share && !spec->a.measure.reaches)
        return sheet_refuse(sheet, share, error, "found a share without 'reaches', accepted: with reaches in a");
    Error problem;
    if (claim_check(&spec->claim, &problem)) return true;
    const char *said = problem.message + strlen("claim : ") + strlen(spec->id);
    char *key = memory_format("%.*s", (int)strspn(said, "abcdefghijklmnopqrstuvwxyz_"), said);
    const SheetNode *value = sheet_find(sheet, node, key);
    free(key);
    return sheet_refuse(sheet, value ? value : node, error, "%s", problem.message);
}

// ---- one claim ------------------------------------------------------------------------------------------------------

static bool check_id(const Sheet *sheet, const SheetNode *node, const char *id, Error *error) {
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (id[strspn(id, allowed)] == '\0' && strlen(id) <= 40) return true;
    return sheet_refuse(sheet, sheet_find(sheet, node, "id"), error,
                        "id: found '%.80s', accepted: at most 40 letters, digits, dots, underscores and hyphens", id);
}

static bool read_kind(const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, Error *error) {
    int kind = CLAIM_DESCRIBED;
    if (!sheet_require(sheet, node, "kind", "one of the kinds of claims", error) ||
        !read_choice(sheet, node, "kind", claim_kind_names, &kind, error)) {
        return false;
    }
    spec->claim = claim_default((ClaimKind)kind);
    return kind == CLAIM_DESCRIBED || sheet_require(sheet, node, "expect", "pass, fail or open", error);
}

// Settings of tests do not fit what is not tested.
static bool check_untested(const Sheet *sheet, const SheetNode *node, ClaimKind kind, Error *error) {
    static const char *const keys[] = {"test", "bounds", "nan", "worst", "fewest", "level_fail", "gate_margin", "family"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !claim_is_tested(kind); i++) {
        const SheetNode *value = sheet_find(sheet, node, keys[i]);
        if (!value) continue;
        return sheet_refuse(sheet, value, error, "found '%s', accepted: a claim of kind %s without %s", keys[i],
                            claim_kind_names[kind], keys[i]);
    }
    const SheetNode *share = sheet_find(sheet, node, "share");
    if (kind != CLAIM_DESCRIBED || !share || !sheet_find(sheet, node, "b")) return true;
    return sheet_refuse(sheet, share, error, "found a share of a - b, accepted: of a alone");
}

static bool same_measure(const Measure *a, const Measure *b) {
    return strcmp(a->series, b->series) == 0 && a->at_step == b->at_step && a->step == b->step && a->window == b->window &&
           a->reduce == b->reduce && a->reaches == b->reaches && a->falls == b->falls &&
           a->target_optimum == b->target_optimum && a->target == b->target && a->tolerance == b->tolerance;
}

static bool same_selector(const Selector *a, const Selector *b) {
    char *first = selector_text(a), *second = selector_text(b);
    bool same = strcmp(first, second) == 0;
    free(first);
    free(second);
    return same;
}

// Whether no run can be in both arms: some parameter has other values in each, or the seeds do.
static bool arms_are_disjoint(const ClaimSpec *spec) {
    if (spec->a.has_seeds && spec->b.has_seeds && !seeds_meet(spec->a.seeds, spec->b.seeds)) return true;
    for (size_t i = 0; i < spec->a.where.count; i++) {
        if (!selector_meets(&spec->b.where, &spec->a.where.terms[i])) return true;
    }
    return false;
}

// A claim that compares something with itself, and a stand-in that speaks for the claim where both sides broke down together.
static bool check_sides(const Sheet *sheet, const SheetNode *node, const ClaimSpec *spec, Error *error) {
    const SheetNode *b = sheet_find(sheet, node, "b"), *worst = sheet_find(sheet, node, "worst");
    bool same_runs = same_selector(&spec->a.where, &spec->b.where) && !spec->b.has_seeds;
    if (b && same_runs && same_measure(&spec->a.measure, &spec->b.measure))
        return sheet_refuse(sheet, b, error, "found the same in a and b, accepted: another measure, or other runs");
    if (spec->apart && !arms_are_disjoint(spec)) {
        return sheet_refuse(
            sheet, b, error,
            "found runs that are in both arms, accepted: arms that differ in a parameter, as a: {where: {cell: gru}}, b: "
            "{where: {cell: lstm}}, or in their seeds");
    }
    bool from_zero = spec->claim.kind == CLAIM_NONINFERIOR || spec->claim.kind == CLAIM_EQUIVALENT;
    if (!worst || !from_zero || spec->apart || spec->reference) return true;
    return sheet_refuse(
        sheet, worst, error,
        "found worst, but a and b are of one run: where it broke down their difference, 0, would speak for a claim of kind "
        "%s; accepted: nan: error or drop",
        claim_kind_names[spec->claim.kind]);
}

static bool read_claim(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, ClaimSpec *spec, bool *absent,
                       Error *error) {
    static const char *const tiers[] = {"always", "release", NULL};
    int tier = 0;
    *spec = (ClaimSpec){.gate_margin = (double)NAN, .location = sheet_where(sheet, node)};
    copy_calibration(&experiment->calibration, &spec->calibration);
    const SheetNode *calibration = sheet_find(sheet, node, "calibration");
    if (!sheet_check_mapping(sheet, node, "key of a claim", claim_keys, error) ||
        !sheet_get_text(sheet, node, "id", true, &spec->id, error) || !check_id(sheet, node, spec->id, error) ||
        !sheet_get_text(sheet, node, "text", true, &spec->text, error) ||
        !sheet_get_text(sheet, node, "source", true, &spec->source, error) || !read_kind(sheet, node, spec, error) ||
        !check_needs(sheet, node, spec->claim.kind, error) || !check_untested(sheet, node, spec->claim.kind, error) ||
        !sheet_get_text(sheet, node, "family", false, &spec->family, error) ||
        !sheet_get_text(sheet, node, "reference", false, &spec->reference, error) ||
        !sheet_get_text(sheet, node, "digests", false, &spec->digests, error) ||
        !read_choice(sheet, node, "tier", tiers, &tier, error) ||
        (calibration && !calibration_read(sheet, calibration, &spec->calibration, error)) ||
        !read_numbers(sheet, node, spec, error) || !read_arms(experiment, sheet, node, spec, absent, error)) {
        return false;
    }
    if (!spec->family) spec->family = memory_format("%s", experiment->name);
    spec->release = tier == 1;
    spec->claim.id = spec->id;
    spec->claim.family = spec->family;
    return (*absent || check_sides(sheet, node, spec, error)) && check_claim(sheet, node, spec, error);
}

void claimspec_clear(ClaimSpec *spec) {
    char *const owned[] = {spec->id,      spec->text,      spec->source,  spec->family,
                           spec->across,  spec->reference, spec->digests, spec->calibration.commit,
                           spec->location};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    armspec_clear(&spec->a);
    armspec_clear(&spec->b);
    selector_clear(&spec->where);
    for (size_t i = 0; i < spec->order_count; i++) selector_clear(&spec->order[i]);
    free(spec->order);
    *spec = (ClaimSpec){0};
}

bool claim_covers(const ClaimSpec *claim, const SweepRun *run) {
    return selector_covers(&claim->where, run);
}

bool arm_covers(const ClaimSpec *claim, const ArmSpec *arm, const SweepRun *run) {
    bool seed = !arm->has_seeds || (run->seed >= arm->seeds.first && run->seed <= arm->seeds.last);
    return seed && claim_covers(claim, run) && selector_covers(&arm->where, run);
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
        ClaimSpec *spec = &experiment->claims[experiment->claim_count];
        bool meant = false;
        bool good = read_scales(sheet, node, experiment->scale, &meant, error);
        bool absent = !meant;
        good = good && read_claim(experiment, sheet, node, spec, &absent, error) && check_unique(sheet, list, i, error);
        experiment->claims_absent += good && meant && absent;
        if (good && !absent) {
            experiment->claim_count++;
        } else {
            claimspec_clear(spec);
        }
        if (!good) return false;
    }
    return true;
}
