#include "benchmarks/experiment.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/claimspec.h"
#include "benchmarks/figure.h"
#include "benchmarks/sheet.h"
#include "benchmarks/trainer.h"
#include "benchmarks/vary.h"
#include "core/arena.h"

const char *const scale_names[SCALE_COUNT + 1] = {"smoke", "ci", "paper", NULL};

static const char *const top_keys[] = {"title",  "source", "question",    "base",     "vary",   "seeds",
                                       "scales", "figure", "calibration", "evidence", "claims", NULL};
static const char *const evidence_keys[] = {"seeds_from", "looks", "boundary", NULL};
static const char *const scale_keys[] = {"note", "base", "vary", "seeds", NULL};
static const char *const figure_keys[] = {"script", "views", NULL};

// ---- seeds and settings ---------------------------------------------------------------------------------------------

// Digits only, up to INT_MAX: leaves `*text` behind them.
static bool parse_seed(const char **text, int64_t *seed) {
    const char *start = *text;
    *seed = 0;
    for (; isdigit((unsigned char)**text) && *seed <= INT_MAX; (*text)++) *seed = *seed * 10 + (**text - '0');
    return *text > start && *seed <= INT_MAX;
}

bool seeds_parse(const char *text, int64_t *first, int64_t *last, Error *error) {
    const char *rest = text;
    bool form = parse_seed(&rest, first) && strncmp(rest, "..", 2) == 0;
    if (form) {
        rest += 2;
        form = parse_seed(&rest, last) && !*rest;
    }
    if (!form) {
        return error_set(error, "found '%.80s', accepted: A..B, both included, integers 0 to %d, as 1..10", text, INT_MAX);
    }
    if (*first <= *last) return true;
    return error_set(error, "found '%.80s', which runs backwards, accepted: A..B with A at most B; nearest: %lld..%lld", text,
                     (long long)*last, (long long)*first);
}

bool setting_blame(const Setting *setting, Error *error) {
    if (!setting->where || strcmp(setting->where, "--set") == 0)
        return error_context(error, "--set %.80s=%.80s: ", setting->name, setting->value);
    return error_context(error, "%s %.80s: ", setting->where, setting->value);
}

// Told here: the claims would only miss the series of another agent.
static bool check_agent(const Config *config, const Setting *settings, size_t count, Error *error) {
    for (size_t i = count; i-- > 0;) {
        char *full = config_resolve(config, settings[i].name, NULL);
        bool names_agent = full && strcmp(full, "agent.name") == 0;
        free(full);
        if (names_agent) return trainer_check_agent(config, error) || setting_blame(&settings[i], error);
    }
    return true;
}

// All but those that name an axis of cases: what varies is read later.
static bool apply_settings(Config *config, const Sheet *sheet, const SheetNode *vary, const Setting *settings, size_t count,
                           Error *error) {
    // A type brings its section's defaults with it, so types come first wherever they were written.
    for (int types = 1; types >= 0; types--) {
        for (size_t i = 0; i < count; i++) {
            if (vary_names_cases(sheet, vary, settings[i].name)) continue;
            char *full = config_resolve(config, settings[i].name, types ? NULL : error);
            bool type = full && !config_spec(config, full);
            bool good = full ? type != (bool)types || config_set(config, full, settings[i].value, error) : types == 1;
            free(full);
            if (!good) return setting_blame(&settings[i], error);
        }
        if (types && !check_agent(config, settings, count, error)) return false;
    }
    return true;
}

// ---- parameters -----------------------------------------------------------------------------------------------------

static bool apply_entry(Config *config, const Sheet *sheet, const char *section, const SheetNode *key, const SheetNode *value,
                        Error *error) {
    char *name = memory_format("%s.%s", section, sheet_text(key));
    char *full = config_resolve(config, name, error);
    bool good = full || sheet_locate(sheet, key, error);
    if (good && !sheet_text(value)) {
        good = sheet_refuse(sheet, value, error, "%s: found %s, accepted: a single value", name, sheet_kind(value));
    }
    good = good && (config_set(config, full, sheet_text(value), error) || sheet_locate(sheet, value, error));
    free(full);
    free(name);
    return good;
}

// Of one section its type (`names`), or all else.
static bool apply_section(Config *config, const Sheet *sheet, const char *section, const SheetNode *node, bool names,
                          Error *error) {
    char role[80];
    snprintf(role, sizeof role, "parameter of %s", section);
    if (!sheet_check_mapping(sheet, node, role, NULL, error)) return false;
    for (size_t i = 0; i < sheet_count(node); i++) {
        const SheetNode *key = sheet_key(sheet, node, i);
        if ((strcmp(sheet_text(key), "name") == 0) != names) continue;
        if (!apply_entry(config, sheet, section, key, sheet_value(sheet, node, i), error)) return false;
    }
    return true;
}

static bool apply_base(Config *config, const Sheet *sheet, const SheetNode *node, Error *error) {
    enum { SECTIONS_MAX = 32 };
    const char *sections[SECTIONS_MAX] = {NULL};
    for (size_t i = 0; i < config_section_count() && i + 1 < SECTIONS_MAX; i++) sections[i] = config_section_name(i);
    if (!sheet_check_mapping(sheet, node, "section", sections, error)) return false;
    // Types first, wherever they stand: one resets its section, and a task may bring another agent.
    for (int names = 1; names >= 0; names--) {
        for (size_t i = 0; i < sheet_count(node); i++) {
            const char *section = sheet_text(sheet_key(sheet, node, i));
            if (!apply_section(config, sheet, section, sheet_value(sheet, node, i), names, error)) return false;
        }
    }
    return true;
}

// ---- the file -------------------------------------------------------------------------------------------------------

static bool read_seeds(Experiment *experiment, const Sheet *sheet, const SheetNode *node, Error *error) {
    if (!sheet_text(node))
        return sheet_refuse(sheet, node, error, "seeds: found %s, accepted: A..B, as 1..10", sheet_kind(node));
    if (seeds_parse(sheet_text(node), &experiment->first_seed, &experiment->last_seed, error)) return true;
    error_context(error, "seeds: ");
    return sheet_locate(sheet, node, error);
}

static bool read_head(Experiment *experiment, const Sheet *sheet, const SheetNode *root, Error *error) {
    return sheet_check_mapping(sheet, root, "key of an experiment", top_keys, error) &&
           sheet_get_text(sheet, root, "title", true, &experiment->title, error) &&
           sheet_get_text(sheet, root, "source", true, &experiment->source, error) &&
           sheet_get_text(sheet, root, "question", true, &experiment->question, error) &&
           sheet_require(sheet, root, "base", "{environment: ...}", error) &&
           sheet_require(sheet, root, "seeds", "A..B", error) &&
           sheet_require(sheet, root, "scales", "{smoke: ..., ci: ..., paper: ...}", error);
}

// All scales must be there and have known keys; the rest of those that were not asked for is looked at when they are.
static const SheetNode *read_scale(Experiment *experiment, const Sheet *sheet, const SheetNode *root, Error *error) {
    const SheetNode *scales = sheet_find(sheet, root, "scales"), *chosen = NULL;
    if (!sheet_check_mapping(sheet, scales, "scale", scale_names, error)) return NULL;
    for (int i = 0; i < SCALE_COUNT; i++) {
        if (!sheet_require(sheet, scales, scale_names[i], "{note: ...}", error)) return NULL;
        const SheetNode *node = sheet_find(sheet, scales, scale_names[i]);
        if (!sheet_check_mapping(sheet, node, "key of a scale", scale_keys, error)) return NULL;
        if (!sheet_require(sheet, node, "note", "what is scaled down", error)) return NULL;
        if (i == (int)experiment->scale) chosen = node;
    }
    return sheet_get_text(sheet, chosen, "note", true, &experiment->scale_note, error) ? chosen : NULL;
}

static bool add_view(Experiment *experiment, const Sheet *sheet, const SheetNode *item, Error *error) {
    const char *name = sheet_text(item);
    if (!name) return sheet_refuse(sheet, item, error, "views: found %s, accepted: a view's name", sheet_kind(item));
    size_t known = 0;
    while (figure_views[known] && strcmp(figure_views[known], name) != 0) known++;
    if (!figure_views[known]) return sheet_refuse_name(sheet, item, "view", figure_views, error);
    for (size_t i = 0; i < experiment->figure_view_count; i++) {
        if (strcmp(experiment->figure_views[i], name) == 0)
            return sheet_refuse(sheet, item, error, "views: found '%s' twice, accepted: each view once", name);
    }
    experiment->figure_views[experiment->figure_view_count++] = memory_format("%s", name);
    return true;
}

static bool read_views(Experiment *experiment, const Sheet *sheet, const SheetNode *list, Error *error) {
    if (!sheet_check_list(sheet, list, "views", error)) return false;
    experiment->figure_views = memory_zeroed(sheet_count(list), sizeof *experiment->figure_views);
    for (size_t i = 0; i < sheet_count(list); i++) {
        if (!add_view(experiment, sheet, sheet_item(sheet, list, i), error)) return false;
    }
    return true;
}

static bool read_figure(Experiment *experiment, const Sheet *sheet, const SheetNode *root, Error *error) {
    const SheetNode *figure = sheet_find(sheet, root, "figure");
    if (!figure) return true;
    if (!sheet_check_mapping(sheet, figure, "key of a figure", figure_keys, error) ||
        !sheet_get_choice(sheet, figure, "script", true, figure_scripts, &experiment->figure_script, error)) {
        return false;
    }
    char *path = memory_format("%s/figures/%s.gp", experiment_root(), experiment->figure_script);
    bool there = access(path, R_OK) == 0;
    if (!there) {
        sheet_refuse(sheet, sheet_find(sheet, figure, "script"), error, "script: found '%s', but %s cannot be read: %s",
                     experiment->figure_script, path, strerror(errno));
    }
    free(path);
    const SheetNode *list = sheet_find(sheet, figure, "views");
    return there && (!list || read_views(experiment, sheet, list, error));
}

// ---- seeds that are not the claims' own -----------------------------------------------------------------------------

static bool read_looks(Experiment *experiment, const Sheet *sheet, const SheetNode *list, Error *error) {
    EvidencePlan *plan = &experiment->evidence;
    if (!sheet_check_list(sheet, list, "looks", error)) return false;
    if (sheet_count(list) > EVIDENCE_LOOKS_MAX) {
        return sheet_refuse(sheet, list, error, "looks: found %zu, accepted: at most %d", sheet_count(list),
                            (int)EVIDENCE_LOOKS_MAX);
    }
    plan->look_count = 0;
    for (size_t i = 0; i < sheet_count(list); i++) {
        const char *text = sheet_text(sheet_item(sheet, list, i));
        char *end = NULL;
        long seeds = text ? strtol(text, &end, 10) : 0, before = i > 0 ? plan->looks[i - 1] : 1;
        if (!text || end == text || *end || seeds <= before || seeds > 100000) {
            return sheet_refuse(sheet, sheet_item(sheet, list, i), error,
                                "looks: found '%.80s', accepted: numbers of seeds, 2 or more, each greater than the one before",
                                text ? text : "no number");
        }
        plan->looks[plan->look_count++] = (int)seeds;
    }
    return true;
}

// When the claims want more seeds than the file has: fresh ones, at looks fixed here, before the first of them is trained.
static bool read_evidence(Experiment *experiment, const Sheet *sheet, const SheetNode *root, Error *error) {
    static const char *const boundaries[] = {"obrien-fleming", "pocock", NULL};
    EvidencePlan *plan = &experiment->evidence;
    *plan = (EvidencePlan){.first_seed = 10001, .look_count = 5, .looks = {10, 15, 20, 25, 30}};
    const SheetNode *node = sheet_find(sheet, root, "evidence");
    if (!node) return true;
    const SheetNode *looks = sheet_find(sheet, node, "looks");
    char *boundary = NULL;
    if (!sheet_check_mapping(sheet, node, "key of evidence", evidence_keys, error) ||
        !sheet_get_integer(sheet, node, "seeds_from", 0, 100000000, &plan->first_seed, error) ||
        (looks && !read_looks(experiment, sheet, looks, error)) ||
        !sheet_get_choice(sheet, node, "boundary", false, boundaries, &boundary, error)) {
        return false;
    }
    plan->pocock = boundary && strcmp(boundary, "pocock") == 0;
    free(boundary);
    return true;
}

SeedRange experiment_fresh_seeds(const Experiment *experiment) {
    const EvidencePlan *plan = &experiment->evidence;
    return (SeedRange){plan->first_seed, plan->first_seed + plan->looks[plan->look_count - 1] - 1};
}

static bool seeds_meet(SeedRange a, SeedRange b) {
    return a.first <= b.last && b.first <= a.last;
}

// Seeds that thresholds were fixed on say nothing about these thresholds.
static bool check_calibration(const Experiment *experiment, const char *where, const Calibration *calibration, Error *error) {
    if (!calibration->given) return true;
    SeedRange judged = {experiment->first_seed, experiment->last_seed}, fresh = experiment_fresh_seeds(experiment);
    bool meets = seeds_meet(calibration->seeds, judged);
    if (!meets && !seeds_meet(calibration->seeds, fresh)) return true;
    SeedRange other = meets ? judged : fresh;
    return error_set(error,
                     "%s: thresholds were calibrated on the seeds %lld..%lld, which meet the %s seeds %lld..%lld; accepted: "
                     "disjoint ones",
                     where, (long long)calibration->seeds.first, (long long)calibration->seeds.last, meets ? "judged" : "fresh",
                     (long long)other.first, (long long)other.last);
}

bool experiment_check_seeds(const Experiment *experiment, Error *error) {
    SeedRange judged = {experiment->first_seed, experiment->last_seed}, fresh = experiment_fresh_seeds(experiment);
    if (seeds_meet(judged, fresh)) {
        return error_set(error, "%s: evidence: the fresh seeds %lld..%lld meet the judged seeds %lld..%lld; accepted: others",
                         experiment->path, (long long)fresh.first, (long long)fresh.last, (long long)judged.first,
                         (long long)judged.last);
    }
    if (!check_calibration(experiment, experiment->path, &experiment->calibration, error)) return false;
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *claim = &experiment->claims[i];
        if (!check_calibration(experiment, claim->location, &claim->calibration, error)) return false;
    }
    return true;
}

static bool read_experiment(Experiment *experiment, const Sheet *sheet, const Setting *settings, size_t count, Error *error) {
    const SheetNode *root = sheet_root(sheet);
    if (!read_head(experiment, sheet, root, error)) return false;
    const SheetNode *scale = read_scale(experiment, sheet, root, error);
    if (!scale) return false;
    experiment->base = config_create();
    experiment->overridden = count > 0;
    const SheetNode *scale_base = sheet_find(sheet, scale, "base");
    experiment->scaled_down = scale_base && experiment->scale != SCALE_PAPER;
    if (!apply_base(experiment->base, sheet, sheet_find(sheet, root, "base"), error)) return false;
    if (scale_base && !apply_base(experiment->base, sheet, scale_base, error)) return false;
    const SheetNode *vary = sheet_find(sheet, scale, "vary"), *seeds = sheet_find(sheet, scale, "seeds");
    const SheetNode *claims = sheet_find(sheet, root, "claims"), *calibration = sheet_find(sheet, root, "calibration");
    if (!vary) vary = sheet_find(sheet, root, "vary");
    if (!seeds) seeds = sheet_find(sheet, root, "seeds");
    if (!apply_settings(experiment->base, sheet, vary, settings, count, error)) return false;
    if (vary && !vary_read(experiment, sheet, vary, error)) return false;
    if (!vary_fix(experiment, settings, count, error)) return false;
    if (!read_seeds(experiment, sheet, seeds, error)) return false;
    size_t runs;
    return experiment_run_count(experiment, &runs, error) && read_figure(experiment, sheet, root, error) &&
           (!calibration || calibration_read(sheet, calibration, &experiment->calibration, error)) &&
           read_evidence(experiment, sheet, root, error) && (!claims || claimspec_read(experiment, sheet, claims, error)) &&
           experiment_check_seeds(experiment, error);
}

// A name that is one experiment; a folder's name stands for several and is refused here.
static bool check_name(const char *name, Error *error) {
    size_t count = 0;
    char **names = NULL;
    bool good = experiment_names(name, &count, &names, error);
    if (good && (count != 1 || strcmp(names[0], name) != 0)) {
        good = error_set(error, "found the folder '%.200s', accepted: one experiment; nearest: %s", name, names[0]);
    }
    experiment_names_free(count, names);
    return good;
}

Experiment *experiment_load(const char *name, Scale scale, const Setting *settings, size_t count, Error *error) {
    if (!check_name(name, error)) return NULL;
    const char *root = experiment_root();
    Experiment *experiment = memory_zeroed(1, sizeof *experiment);
    experiment->name = memory_format("%s", name);
    experiment->path =
        strcmp(root, ".") == 0 ? memory_format("benchmarks/%s.yaml", name) : memory_format("%s/benchmarks/%s.yaml", root, name);
    experiment->scale = scale;
    Sheet *sheet = sheet_open(experiment->path, error);
    bool good = sheet && read_experiment(experiment, sheet, settings, count, error);
    sheet_close(sheet);
    if (good) return experiment;
    experiment_destroy(experiment);
    return NULL;
}

void experiment_destroy(Experiment *experiment) {
    if (!experiment) return;
    for (size_t i = 0; i < experiment->axis_count; i++) vary_clear(&experiment->axes[i]);
    for (size_t i = 0; i < experiment->claim_count; i++) claimspec_clear(&experiment->claims[i]);
    for (size_t i = 0; i < experiment->figure_view_count; i++) free(experiment->figure_views[i]);
    free(experiment->figure_views);
    free(experiment->axes);
    free(experiment->claims);
    config_destroy(experiment->base);
    char *const owned[] = {
        experiment->name,     experiment->path,       experiment->title,         experiment->source,
        experiment->question, experiment->scale_note, experiment->figure_script, experiment->calibration.commit};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(experiment);
}
