#include "analysis/claim_runs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

static ClaimRuns runs_create(const ClaimArm *arm) {
    size_t room = (size_t)arm->n + 1;
    ClaimRuns runs = {
        .expected = arm->n, .value = memory_alloc(sizeof(double) * room), .other = memory_alloc(sizeof(double) * room)};
    if (arm->stratum) runs.stratum = memory_alloc(sizeof(int) * room);
    if (arm->block) runs.block = memory_alloc(sizeof(int) * room);
    return runs;
}

void claim_runs_free(ClaimRuns *runs) {
    free(runs->value);
    free(runs->other);
    free(runs->stratum);
    free(runs->block);
    *runs = (ClaimRuns){0};
}

static bool is_valid(const ClaimArm *arm, int i) {
    return !(arm->failed && arm->failed[i]) && isfinite(arm->value[i]) && (!arm->other || isfinite(arm->other[i]));
}

// The value of run i, or what stands for it; NaN if it is left out.
static double value_of(const Claim *claim, const ClaimArm *arm, int i) {
    if (is_valid(arm, i)) return arm->value[i];
    if (claim->failed == FAILED_WORST) return claim->worst;
    return claim->failed == FAILED_RANK_WORST ? -INFINITY : NAN;
}

static void keep(ClaimRuns *runs, const ClaimArm *arm, int i, double value) {
    if (isnan(value)) return;
    runs->value[runs->count] = value;
    runs->other[runs->count] = arm->other ? arm->other[i] : NAN;
    if (runs->stratum) runs->stratum[runs->count] = arm->stratum[i];
    if (runs->block) runs->block[runs->count] = arm->block[i];
    runs->count++;
}

ClaimRuns claim_runs(const Claim *claim, const ClaimArm *arm) {
    ClaimRuns runs = runs_create(arm);
    for (int i = 0; i < arm->n; i++) {
        runs.failed += !is_valid(arm, i);
        keep(&runs, arm, i, value_of(claim, arm, i));
    }
    return runs;
}

void claim_runs_of_pairs(const Claim *claim, const ClaimArm *a, const ClaimArm *b, ClaimRuns *x, ClaimRuns *y) {
    assert(a->n == b->n);
    *x = runs_create(a);
    *y = runs_create(b);
    for (int i = 0; i < a->n; i++) {
        bool failed = !is_valid(a, i) || !is_valid(b, i);
        x->failed += failed;
        y->failed += failed;
        double value = value_of(claim, a, i), other = value_of(claim, b, i);
        if (isnan(value) || isnan(other)) continue;
        keep(x, a, i, value);
        keep(y, b, i, other);
    }
}

void claim_runs_subtract(ClaimRuns *x, const ClaimRuns *y) {
    assert(x->count == y->count);
    for (int i = 0; i < x->count; i++) x->value[i] -= y->value[i];
}

int claim_runs_by_block(const ClaimRuns *runs, double *out) {
    int count = 0, last = -1;
    for (int i = 0; i < runs->count; i++) {
        if (!runs->block) out[i] = runs->value[i];
        else if (runs->block[i] > last) last = runs->block[i];
    }
    if (!runs->block) return runs->count;
    for (int block = 0; block <= last; block++) {
        double sum = 0;
        int members = 0;
        for (int i = 0; i < runs->count; i++) {
            if (runs->block[i] == block) sum += runs->value[i], members++;
        }
        if (members > 0) out[count++] = sum / members;
    }
    return count;
}
