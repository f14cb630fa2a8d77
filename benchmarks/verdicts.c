#include "benchmarks/verdicts.h"

#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/aside.h"
#include "core/folder.h"

// Fields of a ClaimResult that are numbers, by name: written and read through one table.
typedef struct Field {
    const char *name;
    size_t offset;
    bool whole;
} Field;
#define FIELD(member, name)                                                                                                    \
    { name, offsetof(ClaimResult, member), false }
#define WHOLE(member, name)                                                                                                    \
    { name, offsetof(ClaimResult, member), true }
static const Field fields[] = {
    FIELD(effect, "effect"),
    FIELD(low, "low"),
    FIELD(high, "high"),
    FIELD(fail_low, "fail_low"),
    FIELD(fail_high, "fail_high"),
    FIELD(threshold, "threshold"),
    FIELD(p, "p"),
    FIELD(p_adjusted, "p_adjusted"),
    FIELD(p_fail, "p_fail"),
    FIELD(p_fail_adjusted, "p_fail_adjusted"),
    FIELD(p_shuffled, "p_shuffled"),
    FIELD(se, "se"),
    FIELD(standardised, "standardised"),
    FIELD(cliff, "cliff_delta"),
    FIELD(margin, "margin_to_flip"),
    WHOLE(runs_a, "runs_a"),
    WHOLE(runs_b, "runs_b"),
    WHOLE(failed, "failed_runs"),
};
#undef FIELD
#undef WHOLE
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

char *verdicts_path(const char *results, const Experiment *experiment) {
    return memory_format("%s/verdicts/%s-%s.json", results, experiment->name, scale_names[experiment->scale]);
}

char *verdicts_reference_path(const Experiment *experiment) {
    return memory_format("%s/results/reference/%s-%s-verdicts.json", experiment_root(), experiment->name,
                         scale_names[experiment->scale]);
}

// ---- writing ---------------------------------------------------------------------------------------------------------------

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *arm_json(const Arm *arm) {
    json_t *rows = json_array();
    for (int i = 0; i < arm->n; i++) {
        json_t *row = json_object();
        json_object_set_new(row, "run", json_string(arm->run[i]));
        json_object_set_new(row, "label", json_string(arm->label[i]));
        json_object_set_new(row, "seed", json_integer(arm->seed[i]));
        json_object_set_new(row, "value", number(arm->value[i]));
        if (isfinite(arm->other[i])) json_object_set_new(row, "other", number(arm->other[i]));
        if (arm->failed[i]) json_object_set_new(row, "failed", json_true());
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *calibration_json(const Calibration *calibration) {
    json_t *object = json_object();
    char *seeds = memory_format("%lld..%lld", (long long)calibration->seeds.first, (long long)calibration->seeds.last);
    json_object_set_new(object, "seeds", json_string(seeds));
    json_object_set_new(object, "commit", json_string(calibration->commit));
    free(seeds);
    return object;
}

static json_t *row_json(const CheckRow *row) {
    const ClaimSpec *spec = row->spec;
    json_t *object = json_object();
    json_object_set_new(object, "id", json_string(spec->id));
    json_object_set_new(object, "kind", json_string(claim_kind_names[spec->claim.kind]));
    json_object_set_new(object, "test", json_string(claim_test_names[spec->claim.test]));
    json_object_set_new(object, "family", json_string(spec->family));
    json_object_set_new(object, "text", json_string(spec->text));
    json_object_set_new(object, "source", json_string(spec->source));
    json_object_set_new(object, "location", json_string(spec->location));
    json_object_set_new(object, "verdict", json_string(check_verdict(row)));
    bool judged = spec->claim.kind != CLAIM_DESCRIBED;
    json_object_set_new(object, "expect", judged ? json_string(claim_expectation_names[spec->claim.expect]) : json_null());
    json_object_set_new(object, "reason", json_string(row->result.reason));
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *at = (const char *)&row->result + fields[i].offset;
        double value;
        int whole;
        if (fields[i].whole) {
            memcpy(&whole, at, sizeof whole);
            json_object_set_new(object, fields[i].name, json_integer(whole));
        } else {
            memcpy(&value, at, sizeof value);
            json_object_set_new(object, fields[i].name, number(value));
        }
    }
    json_object_set_new(object, "level_pass", number(spec->claim.level_pass));
    json_object_set_new(object, "level_fail", number(spec->claim.level_fail));
    json_object_set_new(object, "seeds", json_integer(row->seeds));
    json_object_set_new(object, "unreliable", json_integer(row->unreliable));
    json_object_set_new(object, "data", json_string(row->data));
    if (spec->calibration.given) json_object_set_new(object, "calibration", calibration_json(&spec->calibration));
    json_t *arms = json_array();
    for (int i = 0; i < row->arms.count; i++) json_array_append_new(arms, arm_json(&row->arms.arms[i]));
    json_object_set_new(object, "arms", arms);
    return object;
}

// `judged` NULL: now.
static json_t *report_json(const CheckReport *report, const char *behaviour, const char *judged) {
    const Experiment *experiment = report->experiment;
    char just_now[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(just_now, sizeof just_now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *object = json_object();
    json_object_set_new(object, "format", json_integer(VERDICTS_FORMAT));
    json_object_set_new(object, "experiment", json_string(experiment->name));
    json_object_set_new(object, "scale", json_string(scale_names[experiment->scale]));
    json_object_set_new(object, "revision", json_string(report->revision));
    json_object_set_new(object, "judged", json_string(judged ? judged : just_now));
    json_object_set_new(object, "data", json_string(report->data));
    json_object_set_new(object, "claims_digest", json_string(report->claims));
    json_object_set_new(object, "behaviour", json_string(behaviour));
    json_object_set_new(object, "runs", json_integer((json_int_t)report->runs));
    json_object_set_new(object, "failed", json_integer((json_int_t)report->failed));
    json_object_set_new(object, "missing", json_integer((json_int_t)report->missing));
    json_object_set_new(object, "stale", json_integer((json_int_t)report->stale));
    json_object_set_new(object, "training_seconds", number(report->training_seconds));
    json_t *claims = json_array();
    for (size_t i = 0; i < report->count; i++) json_array_append_new(claims, row_json(&report->rows[i]));
    json_object_set_new(object, "claims", claims);
    return object;
}

char *verdicts_text(CheckReport *const *reports, size_t count) {
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++) {
            const CheckRow *row = &reports[i]->rows[k];
            json_t *object = row_json(row);
            json_object_set_new(object, "claim", json_string(row->spec->id));
            json_object_set_new(object, "experiment", json_string(reports[i]->experiment->name));
            json_object_set_new(object, "scale", json_string(scale_names[reports[i]->experiment->scale]));
            json_object_set_new(object, "revision", json_string(reports[i]->revision));
            json_object_set_new(object, "claims_digest", json_string(reports[i]->claims));
            json_object_set_new(object, "training_seconds", number(reports[i]->training_seconds));
            json_object_set_new(object, "runs", json_integer(row->result.runs_a + row->result.runs_b));
            json_array_append_new(all, object);
        }
    }
    char *text = json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(all);
    return text;
}

// All digits: what is read again is the same number, so that a later check can tell equal values from close ones.
static bool write_json(const json_t *object, const char *path, Error *error) {
    Aside aside;
    if (!folder_make_parents(path, error) || !aside_open(&aside, path, error)) return false;
    json_dumpf(object, aside.file, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    return aside_close(&aside, error);
}

bool verdicts_write(const CheckReport *report, const char *behaviour, const char *path, Error *error) {
    json_t *object = report_json(report, behaviour, NULL);
    bool good = write_json(object, path, error);
    json_decref(object);
    return good;
}

bool verdicts_keep(const VerdictsRecord *record, const char *path, Error *error) {
    json_t *object = report_json(record->report, record->behaviour, record->judged);
    bool good = write_json(object, path, error);
    json_decref(object);
    return good;
}

// ---- reading ---------------------------------------------------------------------------------------------------------------

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number_of(const json_t *value) {
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static Arm read_arm(const json_t *rows) {
    size_t n = json_array_size(rows);
    Arm arm = arm_create(n);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        arm_add(&arm, text_of(row, "run"), text_of(row, "label"), json_integer_value(json_object_get(row, "seed")));
        arm.value[i] = number_of(json_object_get(row, "value"));
        arm.other[i] = number_of(json_object_get(row, "other"));
        arm.failed[i] = json_is_true(json_object_get(row, "failed"));
    }
    return arm;
}

static bool read_row(const json_t *object, CheckRow *row) {
    const char *verdict = text_of(object, "verdict");
    int v = 0;
    while (v < VERDICT_COUNT && strcmp(verdict_names[v], verdict) != 0) v++;
    if (v == VERDICT_COUNT) return false;
    row->result.verdict = (Verdict)v;
    for (int i = 0; i < FIELD_COUNT; i++) {
        double value = number_of(json_object_get(object, fields[i].name));
        int whole = isfinite(value) ? (int)value : 0;
        char *at = (char *)&row->result + fields[i].offset;
        if (fields[i].whole) memcpy(at, &whole, sizeof whole);
        else memcpy(at, &value, sizeof value);
    }
    snprintf(row->result.reason, sizeof row->result.reason, "%s", text_of(object, "reason"));
    snprintf(row->data, sizeof row->data, "%s", text_of(object, "data"));
    row->seeds = (int)json_integer_value(json_object_get(object, "seeds"));
    row->unreliable = (int)json_integer_value(json_object_get(object, "unreliable"));
    row->promotable = claim_promotable(&row->spec->claim, &row->result);
    row->alone = row->result;
    const json_t *arms = json_object_get(object, "arms");
    row->arms = (Arms){.arms = memory_zeroed(json_array_size(arms) + 1, sizeof(Arm))};
    for (size_t i = 0; i < json_array_size(arms); i++) row->arms.arms[row->arms.count++] = read_arm(json_array_get(arms, i));
    return true;
}

static const json_t *claim_of(const json_t *claims, const char *id) {
    for (size_t i = 0; i < json_array_size(claims); i++) {
        if (strcmp(text_of(json_array_get(claims, i), "id"), id) == 0) return json_array_get(claims, i);
    }
    return NULL;
}

static CheckReport *read_report(const Experiment *experiment, const json_t *object, const char *path, Error *error) {
    CheckReport *report = memory_zeroed(1, sizeof *report);
    *report = (CheckReport){.experiment = experiment,
                            .rows = memory_zeroed(experiment->claim_count + 1, sizeof(CheckRow)),
                            .runs = (size_t)json_integer_value(json_object_get(object, "runs")),
                            .failed = (size_t)json_integer_value(json_object_get(object, "failed")),
                            .missing = (size_t)json_integer_value(json_object_get(object, "missing")),
                            .stale = (size_t)json_integer_value(json_object_get(object, "stale")),
                            .training_seconds = number_of(json_object_get(object, "training_seconds")),
                            .revision = memory_format("%s", text_of(object, "revision"))};
    snprintf(report->data, sizeof report->data, "%s", text_of(object, "data"));
    snprintf(report->claims, sizeof report->claims, "%s", text_of(object, "claims_digest"));
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const json_t *claim = claim_of(json_object_get(object, "claims"), experiment->claims[i].id);
        if (!claim) continue;
        CheckRow *row = &report->rows[report->count++];
        row->spec = &experiment->claims[i];
        if (read_row(claim, row)) continue;
        error_set(error, "%s: claim %s has the verdict '%s', accepted: pass, fail, inconclusive, described", path,
                  row->spec->id, text_of(claim, "verdict"));
        check_free(report);
        return NULL;
    }
    report->exit_status = check_exit_status(report);
    return report;
}

VerdictsRecord *verdicts_read(const Experiment *experiment, const char *path, Error *error) {
    json_error_t problem;
    json_t *object = json_load_file(path, 0, &problem);
    if (!object) {
        error_set(error, "%s cannot be read as a record of verdicts: line %d: %s", path, problem.line, problem.text);
        return NULL;
    }
    const char *scale = scale_names[experiment->scale];
    VerdictsRecord *record = NULL;
    if (json_integer_value(json_object_get(object, "format")) != VERDICTS_FORMAT) {
        error_set(error, "%s is no record of verdicts of format %d: `engram check` writes it anew", path, (int)VERDICTS_FORMAT);
    } else if (strcmp(text_of(object, "experiment"), experiment->name) != 0 || strcmp(text_of(object, "scale"), scale) != 0) {
        error_set(error, "%s is the record of %s at scale %s, expected: %s at scale %s", path, text_of(object, "experiment"),
                  text_of(object, "scale"), experiment->name, scale);
    } else {
        CheckReport *report = read_report(experiment, object, path, error);
        if (report) {
            record = memory_zeroed(1, sizeof *record);
            record->report = report;
            snprintf(record->data, sizeof record->data, "%s", text_of(object, "data"));
            snprintf(record->claims, sizeof record->claims, "%s", text_of(object, "claims_digest"));
            snprintf(record->behaviour, sizeof record->behaviour, "%s", text_of(object, "behaviour"));
            snprintf(record->revision, sizeof record->revision, "%s", text_of(object, "revision"));
            snprintf(record->judged, sizeof record->judged, "%s", text_of(object, "judged"));
        }
    }
    json_decref(object);
    return record;
}

void verdicts_free(VerdictsRecord *record) {
    if (!record) return;
    check_free(record->report);
    free(record);
}
