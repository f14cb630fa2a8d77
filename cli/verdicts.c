#include "cli/verdicts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/claim_plan.h"
#include "benchmarks/verdicts.h"
#include "cli/table.h"
#include "core/arena.h"

// Several experiments: a claim's id alone would not be unique.
static void claim_name(Table *table, const CheckReport *report, const CheckRow *row, bool several) {
    char *name = several ? memory_format("%s:%s", report->experiment->name, row->spec->id) : memory_format("%s", row->spec->id);
    table_text(table, name);
    free(name);
}

static const char *expected(const CheckRow *row) {
    return row->spec->claim.kind == CLAIM_DESCRIBED ? "" : claim_expectation_names[row->spec->claim.expect];
}

static void add_numbers(Table *table, const CheckRow *row, const char *format) {
    const ClaimResult *r = &row->result;
    table_text(table, check_verdict(row));
    table_number(table, format, r->effect);
    table_number(table, format, r->low);
    table_number(table, format, r->high);
    table_number(table, format, r->threshold);
    table_number(table, "%.0f", row->seeds);
}

// ---- for programs: the CSV has what everybody needs, JSON has everything --------------------------------------------------------------------------------------------------------

static void print_csv(const Options *options, CheckReport *const *reports, size_t count) {
    Table *table = table_create(7, (const char *const[]){"claim", "verdict", "effect", "low", "high", "threshold", "seeds"});
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++) {
            claim_name(table, reports[i], &reports[i]->rows[k], count > 1);
            add_numbers(table, &reports[i]->rows[k], "%.9g");
        }
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static void print_json(CheckReport *const *reports, size_t count) {
    char *text = verdicts_text(reports, count);
    puts(text);
    free(text);
}

// ---- for people ----------------------------------------------------------------------------------------------------------

static int family_size(const CheckReport *report, const char *family) {
    int count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const ClaimSpec *spec = report->rows[i].spec;
        count += claim_is_tested(spec->claim.kind) && strcmp(spec->family, family) == 0;
    }
    return count;
}

// How many seeds it would take, from how many runs: a seed has as many as there are combinations.
static void print_plan(const CheckReport *report, const CheckRow *row) {
    int runs = row->result.runs_a,
        wanted = claim_runs_wanted(&row->spec->claim, &row->result, family_size(report, row->spec->family));
    if (row->result.verdict != VERDICT_INCONCLUSIVE || wanted <= runs || row->seeds < 1) return;
    printf("  would be decided by about %d runs, that is %.0f seeds (power 0.8, were the effect as estimated)\n", wanted,
           ceil((double)wanted * row->seeds / runs));
}

static void print_sizes(const ClaimResult *r) {
    const char *between = "  ";
    if (isfinite(r->standardised)) printf("%seffect size %.2f sd", between, r->standardised), between = ", ";
    if (isfinite(r->cliff)) printf("%sCliff's delta %.2f", between, r->cliff), between = ", ";
    if (isfinite(r->margin)) printf("%s%.2f standard errors to flip", between, r->margin), between = ", ";
    if (*between == ',') putchar('\n');
}

static void print_sentence(const CheckReport *report, const CheckRow *row) {
    const ClaimSpec *spec = row->spec;
    const ClaimResult *r = &row->result;
    printf("\n%s: %s (%s).\n", spec->id, spec->text, spec->source);
    if (spec->claim.kind == CLAIM_DESCRIBED) {
        printf("  described, not judged; %d run%s\n", r->runs_a, r->runs_a == 1 ? "" : "s");
    } else {
        printf("  %s, expected %s: %s; %d run%s", check_verdict(row), expected(row), r->reason, r->runs_a,
               r->runs_a == 1 ? "" : "s");
        if (r->runs_b) printf(" against %d", r->runs_b);
        if (r->failed) printf(", %d broke down (nan: %s)", r->failed, failed_policy_names[spec->claim.failed]);
        putchar('\n');
    }
    print_sizes(r);
    if (row->unreliable) {
        printf("  MINE calls its estimate unreliable in %d of these runs (series ...-unreliable)\n", row->unreliable);
    }
    print_plan(report, row);
    if (row->promotable) printf("  open, but it passes: its `expect` can become pass\n");
}

static void print_report(const Options *options, const CheckReport *report) {
    const Experiment *experiment = report->experiment;
    printf("%s at scale %s: %zu run%s", experiment->name, scale_names[experiment->scale], report->runs,
           report->runs == 1 ? "" : "s");
    if (report->failed) printf(", %zu broke down", report->failed);
    if (report->missing) printf(", %zu not finished", report->missing);
    if (report->stale) printf(", %zu by another code revision", report->stale);
    printf("; trained by %s\n", report->revision);
    const Calibration *calibration = &experiment->calibration;
    if (calibration->given) {
        printf("thresholds fixed in commit %s on seeds %lld..%lld\n", calibration->commit, (long long)calibration->seeds.first,
               (long long)calibration->seeds.last);
    }
    if (experiment->claims_absent) {
        printf("%zu claim%s left out: about runs that --set and the like took out of the sweep\n", experiment->claims_absent,
               experiment->claims_absent == 1 ? "" : "s");
    }
    putchar('\n');
    if (report->count == 0) {
        printf("no claims at this scale\n");
        return;
    }
    Table *table =
        table_create(8, (const char *const[]){"claim", "verdict", "effect", "low", "high", "threshold", "seeds", "expected"});
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        table_text(table, row->spec->id);
        add_numbers(table, row, "%.4g");
        table_text(table, expected(row));
    }
    table_print(table, options, stdout);
    table_destroy(table);
    for (size_t i = 0; i < report->count; i++) print_sentence(report, &report->rows[i]);
}

void cli_print_verdicts(const Options *options, CheckReport *const *reports, size_t count, const char *how) {
    if (options->csv) {
        print_csv(options, reports, count);
    } else if (options->json) {
        print_json(reports, count);
    } else {
        if (how) printf("%s\n\n", how);
        for (size_t i = 0; i < count; i++) {
            if (i) putchar('\n');
            print_report(options, reports[i]);
        }
    }
}

// ---- the gate and the budget ---------------------------------------------------------------------------------------------

// Why something is not decided, and what was left out.
static void print_gate_reasons(const BaselineReport *gate, FILE *out) {
    for (size_t i = 0; i < gate->count; i++) {
        const BaselineRow *row = &gate->rows[i];
        if (row->result.verdict != VERDICT_PASS) fprintf(out, "%s: %s\n", row->spec->id, row->result.reason);
        if (row->unmatched > 0)
            fprintf(out, "%s: %d runs without a partner on the other side are left out\n", row->spec->id, row->unmatched);
    }
}

void cli_print_gate(const Options *options, const BaselineReport *gate, const char *against, FILE *out) {
    if (gate->count == 0) {
        fprintf(out, "no claim has values here and in %s: there is nothing to compare\n\n", against);
        return;
    }
    fprintf(out, "compared with %s, run by run (larger is better; worse: beyond the margin, Holm, level %g in all):\n\n",
            against, BASELINE_LEVEL);
    Table *table = table_create(6, (const char *const[]){"claim", "change", "low", "high", "margin", "gate"});
    for (size_t i = 0; i < gate->count; i++) {
        const BaselineRow *row = &gate->rows[i];
        table_text(table, row->spec->id);
        table_number(table, "%.4g", row->same ? 0 : row->result.effect);
        table_number(table, "%.4g", row->result.fail_low);
        table_number(table, "%.4g", row->result.fail_high);
        table_number(table, "%.4g", row->margin);
        table_text(table, baseline_word(row));
    }
    Options plain = *options;
    plain.csv = plain.json = false;
    table_print(table, &plain, out);
    table_destroy(table);
    print_gate_reasons(gate, out);
    fputc('\n', out);
}

static void print_expected(double seconds, FILE *out) {
    if (isnan(seconds)) fputs("unknown time expected", out);
    else fprintf(out, "%.0f s expected", seconds);
}

void cli_print_allocation(const BudgetReport *report, FILE *out) {
    fprintf(out, "budget %.0f s, used %.0f s:\n", report->seconds, report->used);
    for (size_t i = 0; i < report->step_count; i++) {
        const BudgetStep *step = &report->steps[i];
        fprintf(out, "  %s, look %d of %d, %d seeds, %zu new runs: %s", step->experiment->name, step->look, step->looks,
                step->seeds, step->new_runs, step->note);
        fputs("; ", out);
        print_expected(step->expected, out);
        if (step->used > 0) fprintf(out, ", %.0f s used, %d undecided", step->used, step->undecided);
        fputc('\n', out);
    }
    fputc('\n', out);
}
