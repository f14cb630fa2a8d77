#include "benchmarks/drawings/information.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const InformationSet information_sets[INFORMATION_SETS] = {
    [SET_POLICY] = {"policy", "current policy"},
    [SET_EXPLORING] = {"exploring", "exploring"},
    [SET_BANK] = {"bank", "frozen bank"},
};

// Colours of the palette's table (Okabe and Ito, 2008). Variants of one estimator differ in their dashes and markers.
static const EstimatorStyle styles[] = {
    {"mine", "MINE", "#0072B2", 1, 7, 6},
    {"mine-narrow", "MINE, narrow", "#0072B2", 2, 9, 8},
    {"mine-wide", "MINE, wide", "#0072B2", 3, 11, 10},
    {"probe", "probe", "#E69F00", 1, 5, 4},
    {"infonce", "InfoNCE", "#009E73", 1, 13, 12},
    {"nwj", "NWJ", "#CC79A7", 1, 15, 14},
    {"smile", "SMILE", "#56B4E9", 1, 7, 6},
    {"ksg1", "KSG 1", "#D55E00", 1, 9, 8},
    {"ksg2", "KSG 2", "#D55E00", 2, 11, 10},
    {"gaussian", "Gaussian", "#000000", 1, 5, 4},
};
enum { STYLES = sizeof styles / sizeof *styles };

EstimatorStyle estimator_style(const char *name) {
    for (size_t i = 0; i < STYLES; i++) {
        if (strcmp(styles[i].name, name) == 0) return styles[i];
    }
    EstimatorStyle style = {.colour = "#7F7F7F", .dash = 1, .filled = 13, .open = 12};
    snprintf(style.name, sizeof style.name, "%s", name);
    snprintf(style.label, sizeof style.label, "%s", name);
    return style;
}

// "mine" of "mine/policy"; false for other series, entropies and evaluations among them.
static bool estimator_of(const char *series, char name[32]) {
    const char *slash = strchr(series, '/');
    size_t length = slash ? (size_t)(slash - series) : 0;
    if (length == 0 || length >= 32) return false;
    bool set = false;
    for (int s = 0; s < INFORMATION_SETS; s++) set = set || strcmp(slash + 1, information_sets[s].name) == 0;
    snprintf(name, 32, "%.*s", (int)length, series);
    return set && strcmp(name, "entropy") != 0;
}

static size_t place_of(const char *name) {
    size_t i = 0;
    while (i < STYLES && strcmp(styles[i].name, name) != 0) i++;
    return i;
}

// Kept in order of their places; those without one at the end.
static void add_estimator(Estimators *found, const char *name) {
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->style[i].name, name) == 0) return;
    }
    if (found->count == ESTIMATORS_MAX) return;
    size_t at = found->count++;
    for (; at > 0 && place_of(found->style[at - 1].name) > place_of(name); at--) found->style[at] = found->style[at - 1];
    found->style[at] = estimator_style(name);
}

static void add_names(Estimators *found, const StoreReader *reader) {
    size_t count = 0;
    const char *const *names = reader ? store_series_names(reader, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        if (estimator_of(names[i], name)) add_estimator(found, name);
    }
}

bool estimators_find(const Panels *panels, Estimators *found, Error *error) {
    *found = (Estimators){0};
    Gathering *gathering = panels->gathering;
    for (size_t i = 0; i < gathering->count; i++) {
        if (!gathering->runs[i].log) continue;
        bool there;
        if (!gather_has(gathering, i, "mine/policy", &there, error)) return false;    // opens the analysis
        add_names(found, gathering->runs[i].log);
        add_names(found, gathering->runs[i].analysis);
    }
    return true;
}

const EstimatorStyle *estimators_first(const Estimators *found) {
    return found->count ? &found->style[0] : NULL;
}

bool information_has(const Panel *panel, const char *series, bool *there, Error *error) {
    *there = false;
    for (size_t c = 0; c < panel->cell_count && !*there; c++) {
        for (size_t i = 0; i < panel->cells[c].run_count && !*there; i++) {
            if (!gather_has(panel->gathering, panel->cells[c].runs[i], series, there, error)) return false;
        }
    }
    return true;
}

char *information_series(const char *estimator, int set, const char *suffix) {
    return memory_format("%s/%s%s", estimator, information_sets[set].name, suffix);
}

bool information_none(const Panels *panels, const char *what, Error *error) {
    const Experiment *experiment = panels->gathering->experiment;
    return error_set(
        error,
        "%s: no run of %s at scale %s has an estimate of mutual information: it needs histories of the policy or a "
        "bank of them (histories.policy, histories.exploring, histories.bank)",
        what, experiment->name, scale_names[experiment->scale]);
}
