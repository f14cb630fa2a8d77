// The claims as Markdown: what a pull request shows below its diff.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/report.h"
#include "core/aside.h"

// Text of an experiment file inside a table or a sentence: what Markdown would take for markup is escaped, lines are joined.
static void write_text(FILE *file, const char *text) {
    for (; *text; text++) {
        if (*text == '\n') {
            fputc(' ', file);
            continue;
        }
        if (strchr("\\`*_|<>[]#", *text)) fputc('\\', file);
        fputc(*text, file);
    }
}

static void write_number(FILE *file, double value) {
    if (isfinite(value)) fprintf(file, "%.4g", value);
    else fputs("–", file);
}

static bool is_open(const CheckRow *row) {
    return row->spec->claim.expect == EXPECT_OPEN || row->result.verdict == VERDICT_DESCRIBED;
}

static bool as_expected(const CheckRow *row) {
    Verdict wanted = row->spec->claim.expect == EXPECT_FAIL ? VERDICT_FAIL : VERDICT_PASS;
    return is_open(row) || row->result.verdict == wanted;
}

// A mark that does not need colour.
static const char *mark_of(const CheckRow *row) {
    if (row->result.verdict == VERDICT_DESCRIBED) return "·";
    if (as_expected(row)) return row->promotable ? "★" : is_open(row) ? "○" : "✓";
    return row->result.verdict == VERDICT_INCONCLUSIVE ? "?" : "✗";
}

static void write_row(FILE *file, const CheckRow *row) {
    const ClaimResult *r = &row->result;
    fprintf(file, "| %s | ", mark_of(row));
    write_text(file, row->spec->id);
    fprintf(file, " | %s | ", check_verdict(row));
    write_number(file, r->effect);
    fputs(" | ", file);
    write_number(file, r->low);
    fputs(" to ", file);
    write_number(file, r->high);
    fputs(" | ", file);
    write_number(file, r->threshold);
    fprintf(file, " | %d | %s |\n", row->seeds,
            r->verdict == VERDICT_DESCRIBED ? "" : claim_expectation_names[row->spec->claim.expect]);
}

static void write_reasons(FILE *file, const CheckReport *report) {
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        if (as_expected(row) && !row->promotable) continue;
        fputs("- **", file);
        write_text(file, row->spec->id);
        fputs("**: ", file);
        write_text(file, row->spec->text);
        fputs(". ", file);
        write_text(file, row->promotable ? "Open, but it passes: its `expect` can become pass" : row->result.reason);
        fputs(".\n", file);
    }
}

static void write_gate(FILE *file, const BaselineReport *gate, const char *against) {
    fprintf(file, "%s %s, run by run; larger is better:\n\n",
            gate->worse ? "**Worse than the baseline.** Compared with" : "Compared with", against ? against : "the baseline");
    fputs("| | claim | change | interval | margin | |\n|---|---|---:|---:|---:|---|\n", file);
    for (size_t i = 0; i < gate->count; i++) {
        const BaselineRow *row = &gate->rows[i];
        Verdict verdict = row->result.verdict;
        fprintf(file, "| %s | ", verdict == VERDICT_FAIL ? "✗" : verdict == VERDICT_PASS ? "✓" : "?");
        write_text(file, row->spec->id);
        fputs(" | ", file);
        write_number(file, row->same ? 0 : row->result.effect);
        fputs(" | ", file);
        write_number(file, row->result.fail_low);
        fputs(" to ", file);
        write_number(file, row->result.fail_high);
        fputs(" | ", file);
        write_number(file, row->margin);
        fprintf(file, " | %s |\n", baseline_word(row));
    }
    fputc('\n', file);
}

static void write_report(FILE *file, const CheckReport *report, const ReportNote *note) {
    const Experiment *experiment = report->experiment;
    size_t contrary = 0, undecided = 0;
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        bool missed = !as_expected(row);
        contrary += missed && row->result.verdict != VERDICT_INCONCLUSIVE;
        undecided += missed && row->result.verdict == VERDICT_INCONCLUSIVE;
    }
    fprintf(file, "### %s at scale %s: ", experiment->name, scale_names[experiment->scale]);
    if (contrary) fprintf(file, "%zu claim%s contrary to what is expected", contrary, contrary == 1 ? "" : "s");
    if (contrary && undecided) fputs(", ", file);
    if (undecided) fprintf(file, "%zu undecided", undecided);
    if (!contrary && !undecided) fputs("all claims as expected", file);
    if (note && note->how) fprintf(file, "\n\n%s.", note->how);
    fputs("\n\n| | claim | verdict | effect | interval | threshold | seeds | expected |\n", file);
    fputs("|---|---|---|---:|---:|---:|---:|---|\n", file);
    for (size_t i = 0; i < report->count; i++) write_row(file, &report->rows[i]);
    fputc('\n', file);
    write_reasons(file, report);
    fprintf(file, "\n%zu runs, trained by %s", report->runs, report->revision);
    if (report->failed) fprintf(file, "; %zu broke down", report->failed);
    if (report->missing) fprintf(file, "; %zu not finished", report->missing);
    fprintf(
        file,
        ". Digest of the runs `%.12s`. ✓ as expected, ✗ contrary, ? undecided, ○ open, ★ open and passing, · described.\n\n",
        report->data);
    if (note && note->gate) write_gate(file, note->gate, note->against);
}

bool report_write_markdown(CheckReport *const *reports, size_t count, const char *path, Error *error) {
    return report_write_markdown_noted(reports, NULL, count, path, error);
}

bool report_write_markdown_noted(CheckReport *const *reports, const ReportNote *notes, size_t count, const char *path,
                                 Error *error) {
    Aside aside;
    if (!aside_open(&aside, path, error)) return false;
    for (size_t i = 0; i < count; i++) write_report(aside.file, reports[i], notes ? &notes[i] : NULL);
    return aside_close(&aside, error);
}
