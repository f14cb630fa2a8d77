// The gate of a changed program: is any claim's quantity worse than in the stored runs, on the same seeds, by more than its margin?
// A small paired comparison, which only a FAIL blocks: noninferiority (equivalence for claims about a value), Holm over all claims of
// the experiment, level 0.01 for the whole of them.
//
// What is compared, run by run (same seed, same combination): a, or a - b where a claim has two quantities or paired arms, or the smallest
// step of an ordered claim. A run that broke down has the claim's `worst` value where it names one (`nan: worst`); with `nan: error` nothing
// is decided once a run broke down that did not before. Arms that are not paired are compared one by one, and the change is that of the
// first less that of the last. For a correlation it is atanh of Spearman's rho, as one number with the errors of both sides. The margin is the
// claim's gate_margin, by default one standard deviation of the stored values between runs: routine changes of roundings move learning
// curves by less.
//
// Where no run differs from its combination's mean there is no spread to judge by, as when a maze that all runs solved is solved by
// none. Then the runs are counted: k pairs that all changed for the worse have p = 2^-k (sign test), n runs below all m others
// 1 / (n + m over n) (rank sum).
#pragma once

#include "benchmarks/verdicts.h"

extern const double BASELINE_LEVEL;    // 0.01

typedef struct BaselineRow {
    const ClaimSpec *spec;
    ClaimResult result;    // of new - stored, larger being better; PASS: not worse, FAIL: worse, both corrected
    double margin;
    bool same;         // all values equal the stored ones
    bool suspected;    // was worse, until a second comparison did not repeat it
    int unmatched;     // runs without a partner
} BaselineRow;

typedef struct BaselineReport {
    size_t count;
    BaselineRow *rows;    // of the claims that both sides have values for
    size_t worse;         // FAILs
} BaselineReport;

// `paired`: the seeds are the same on both sides; otherwise Welch (fresh seeds, to confirm a FAIL). Rows that cannot be compared, for want of
// runs or because the claim has other arms by now, are inconclusive with the reason.
BaselineReport *baseline_compare(const CheckReport *fresh, const CheckReport *stored, bool paired);
void baseline_free(BaselineReport *report);

// "the same", "not worse", "not decided", "worse".
const char *baseline_word(const BaselineRow *row);

// Takes back the FAILs that the second comparison, on other seeds, does not repeat; returns how many are left. The rows of both are of the same
// experiment.
size_t baseline_confirm(BaselineReport *report, const BaselineReport *second);
