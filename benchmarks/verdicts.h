// The record of a check: verdicts with everything they rest on, as JSON. It is what `engram check` leaves behind, what it takes up
// again when nothing has changed, and what a later check is compared with (benchmarks/baseline.h).
//
//     <results>/verdicts/<name>-<scale>.json             the last check
//     results/reference/<name>-<scale>-verdicts.json     the committed one: the baseline of a gate
//
// {"format": 1, "experiment", "scale", "revision", "data", "claims_digest", "behaviour", "judged", "claims": [{"id", "kind", "verdict", ...,
//  "arms": [[{"run", "label", "seed", "value", "other", "failed"}, ...], ...]}, ...]}. Numbers that are not finite are null, others have all
// their digits. `behaviour` is the digest of short runs of all combinations (benchmarks/behaviour.h), "" when nobody asked for it.
#pragma once

#include "benchmarks/check.h"

enum { VERDICTS_FORMAT = 1 };

typedef struct VerdictsRecord {
    char data[DIGEST_SIZE], claims[DIGEST_SIZE], behaviour[DIGEST_SIZE];
    char revision[64], judged[32];    // judged: when, UTC
    CheckReport *report;              // with the experiment's own claims
} VerdictsRecord;

// Paths owned by the caller.
char *verdicts_path(const char *results, const Experiment *experiment);
char *verdicts_reference_path(const Experiment *experiment);

// As judged now; written aside and renamed. `behaviour` may be "".
bool verdicts_write(const CheckReport *report, const char *behaviour, const char *path, Error *error);
// A record that was read, as it was judged then.
bool verdicts_keep(const VerdictsRecord *record, const char *path, Error *error);

// NULL with a message: not there, not JSON, or of another format, experiment or scale. Claims that the record lacks have no row; what the record
// has beside the experiment's claims is passed over.
VerdictsRecord *verdicts_read(const Experiment *experiment, const char *path, Error *error);
void verdicts_free(VerdictsRecord *record);

// All claims as a JSON list of objects, each with what its record has and its experiment, for `engram check --json`: the caller prints and
// frees the text.
char *verdicts_text(CheckReport *const *reports, size_t count);
